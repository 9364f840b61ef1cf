//! The words, in English and in Arabic.

/// A language's words. `#` stands for a time.
pub(super) struct Words {
    pub(super) chat: &'static str,
    pub(super) chat_within: &'static str,
    pub(super) phone: &'static str,
    pub(super) phone_within: &'static str,
    pub(super) phone_closed: &'static str,
    pub(super) email: &'static str,
    pub(super) email_within: &'static str,
    pub(super) email_busy: &'static str,
    pub(super) email_closed: &'static str,
    /// What is said to somebody whose yes came too late.
    pub(super) sorry: &'static str,
    pub(super) today: &'static str,
    pub(super) tomorrow: &'static str,
    /// `@` stands for the weekday or the date.
    pub(super) on_day: &'static str,
    pub(super) on_date: &'static str,
    pub(super) weekdays: [&'static str; 7],
    pub(super) months: [&'static str; 12],
    pub(super) digits: [char; 10],
    pub(super) span: fn(u64, Unit) -> String,
}

/// What a time is told in.
#[derive(Clone, Copy)]
pub(super) enum Unit {
    Minute,
    Hour,
    Day,
}

static ENGLISH: Words = Words {
    chat: "Chat",
    chat_within: "Usually replies within # · Chat",
    phone: "Phone call",
    phone_within: "We call you back within #",
    phone_closed: "We call you back when we are open again: #",
    email: "E-mail",
    email_within: "We reply by e-mail within #",
    email_busy: "Nobody is free right now. We reply by e-mail",
    email_closed: "We are open again #, and reply by e-mail",
    sorry: "Sorry, nobody is free to chat any more. Leave us a message and we will get back to you.",
    today: "today at #",
    tomorrow: "tomorrow at #",
    on_day: "on @ at #",
    on_date: "on @ at #",
    weekdays: [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ],
    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    digits: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
    span: |count, unit| {
        let unit = match unit {
            Unit::Minute => "minute",
            Unit::Hour => "hour",
            Unit::Day => "day",
        };
        let ending = if count == 1 { "" } else { "s" };
        format!("{count} {unit}{ending}")
    },
};

pub(super) static ARABIC: Words = Words {
    chat: "محادثة",
    chat_within: "مدة الرد المعتادة: # · محادثة",
    phone: "مكالمة هاتفية",
    phone_within: "نعاود الاتصال بك، المدة المتوقعة: #",
    phone_closed: "نعاود الاتصال بك عند بدء دوامنا: #",
    email: "بريد إلكتروني",
    email_within: "نرد بالبريد الإلكتروني، المدة المتوقعة: #",
    email_busy: "جميع موظفينا مشغولون الآن. نرد عليك بالبريد الإلكتروني",
    email_closed: "نعود إلى العمل #، ونرد عليك بالبريد الإلكتروني",
    sorry: "عذرًا، لم يعد أحد متاحًا للمحادثة. اترك لنا رسالة وسنعود إليك.",
    today: "اليوم الساعة #",
    tomorrow: "غدًا الساعة #",
    on_day: "يوم @ الساعة #",
    on_date: "يوم @ الساعة #",
    weekdays: [
        "الاثنين",
        "الثلاثاء",
        "الأربعاء",
        "الخميس",
        "الجمعة",
        "السبت",
        "الأحد",
    ],
    months: [
        "يناير",
        "فبراير",
        "مارس",
        "أبريل",
        "مايو",
        "يونيو",
        "يوليو",
        "أغسطس",
        "سبتمبر",
        "أكتوبر",
        "نوفمبر",
        "ديسمبر",
    ],
    digits: ['٠', '١', '٢', '٣', '٤', '٥', '٦', '٧', '٨', '٩'],
    span: |count, unit| {
        // One, two, three to ten, and what follows are four different words.
        let [one, two, few, many] = match unit {
            Unit::Minute => ["دقيقة", "دقيقتان", "دقائق", "دقيقة"],
            Unit::Hour => ["ساعة", "ساعتان", "ساعات", "ساعة"],
            Unit::Day => ["يوم", "يومان", "أيام", "يومًا"],
        };
        match (count, count % 100) {
            (1, _) => one.to_owned(),
            (2, _) => two.to_owned(),
            (_, 3..=10) => format!("{count} {few}"),
            (_, 0..=2) => format!("{count} {one}"),
            _ => format!("{count} {many}"),
        }
    },
};

/// The words for a reader of `lang`.
pub(super) fn words(lang: &str) -> &'static Words {
    let base = lang.split('-').next().unwrap_or_default();
    if base.eq_ignore_ascii_case("ar") {
        &ARABIC
    } else {
        &ENGLISH
    }
}
