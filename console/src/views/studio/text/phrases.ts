/** CodeMirror's own words in Arabic. */
import type { LanguageCode } from '$lib/lang.svelte';

const ARABIC: Record<string, string> = {
  Find: 'بحث',
  Replace: 'استبدال',
  next: 'التالي',
  previous: 'السابق',
  all: 'الكل',
  'match case': 'مطابقة حالة الأحرف',
  'by word': 'كلمة كاملة',
  regexp: 'تعبير نمطي',
  replace: 'استبدل',
  'replace all': 'استبدل الكل',
  close: 'إغلاق',
  'current match': 'النتيجة الحالية',
  'on line': 'في السطر',
  'Go to line': 'اذهب إلى السطر',
  go: 'اذهب',
  Completions: 'اقتراحات',
  Diagnostics: 'مشكلات',
  'No diagnostics': 'لا مشكلات',
  'Fold line': 'طيّ',
  'Unfold line': 'بسط',
  'folded code': 'نص مطوي',
  unfold: 'بسط',
  '$ unchanged lines': '$ سطرًا دون تغيير',
};

export const phrases = (language: LanguageCode): Record<string, string> => (language === 'ar' ? ARABIC : {});
