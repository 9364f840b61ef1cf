// Sets theme, language and direction before the first paint, so that nothing flashes. Kept apart from the
// application because it must run at once, and in a file because the policy allows no script inside the page.
(function () {
  var page = document.documentElement;
  try {
    var known = JSON.parse(localStorage.getItem('ahlan.preferences') || '{}');
    if (known.theme === 'light' || known.theme === 'dark') page.dataset.theme = known.theme;
    var language = known.language || (/^ar\b/.test(navigator.language) ? 'ar' : 'en');
    page.lang = language;
    page.dir = language === 'ar' ? 'rtl' : 'ltr';
  } catch (_) {
    // Without storage the system's theme and English stand.
  }
})();
