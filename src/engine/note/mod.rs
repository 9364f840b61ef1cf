//! What a visitor is told to expect of a channel: one line of plain text, in English or in Arabic.

mod words;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::domain::{Millis, ReplyChannel, Timestamp};

use self::words::{ARABIC, Unit, Words, words};

/// What is to be said.
pub(super) struct Said {
    /// Through which channel a reply comes.
    pub(super) channel: ReplyChannel,
    /// How long a first reply usually takes.
    pub(super) expected_reply: Option<Millis>,
    /// When somebody is there again.
    pub(super) opens_at: Option<Timestamp>,
    /// Whether somebody is there and has no time.
    pub(super) is_busy: bool,
}

/// By which clock a moment is told.
pub(super) struct Clock<'a> {
    /// This moment.
    pub(super) now: Timestamp,
    /// The visitor's time zone, as the browser says.
    pub(super) visitors: Option<&'a str>,
    /// The zone of the rules, for who has none.
    pub(super) sites: &'a TimeZone,
}

/// The language in which a reader of `lang` is told what the rules have no words for.
pub(super) fn language(lang: &str) -> &'static str {
    if std::ptr::eq(words(lang), &raw const ARABIC) {
        "ar"
    } else {
        "en"
    }
}

/// What is said to somebody who said yes when nobody could answer any more.
pub(super) fn sorry(lang: &str) -> &'static str {
    words(lang).sorry
}

/// The line, for a reader of `lang`.
pub(super) fn write(said: &Said, lang: &str, clock: &Clock<'_>) -> String {
    let words = words(lang);
    let within = said.expected_reply.filter(|span| *span > Millis::ZERO);
    let opens = said.opens_at.map(|at| when(at, words, clock));
    let (text, time) = match (said.channel, opens, within) {
        (ReplyChannel::Chat, _, Some(span)) => (words.chat_within, duration(span, words)),
        (ReplyChannel::Chat, _, None) => (words.chat, String::new()),
        (ReplyChannel::Phone, Some(at), _) => (words.phone_closed, at),
        (ReplyChannel::Phone, None, Some(span)) => (words.phone_within, duration(span, words)),
        (ReplyChannel::Phone, None, None) => (words.phone, String::new()),
        (ReplyChannel::Email, Some(at), _) => (words.email_closed, at),
        (ReplyChannel::Email, None, Some(span)) => (words.email_within, duration(span, words)),
        (ReplyChannel::Email, None, None) if said.is_busy => (words.email_busy, String::new()),
        (ReplyChannel::Email, None, None) => (words.email, String::new()),
    };
    let time: String = time.chars().map(|c| digit(c, words)).collect();
    text.replace('#', &time)
}

fn digit(c: char, words: &Words) -> char {
    let value = c.to_digit(10).and_then(|value| usize::try_from(value).ok());
    value.map_or(c, |value| words.digits[value])
}

/// In the largest unit that fits, rounded up: better early than late.
fn duration(span: Millis, words: &Words) -> String {
    const MINUTE: u64 = 60_000;
    let (unit, size) = match span.0 {
        0..3_600_000 => (Unit::Minute, MINUTE),
        3_600_000..86_400_000 => (Unit::Hour, 60 * MINUTE),
        _ => (Unit::Day, 24 * 60 * MINUTE),
    };
    (words.span)(span.0.div_ceil(size), unit)
}

/// A moment as people say it, by the visitor's clock.
fn when(at: Timestamp, words: &Words, clock: &Clock<'_>) -> String {
    let known = clock
        .visitors
        .and_then(|name| TimeZoneDatabase::bundled().get(name).ok());
    let zone = known.as_ref().unwrap_or(clock.sites);
    let (Some(today), Some(then)) = (local(zone, clock.now), local(zone, at)) else {
        return String::new();
    };
    let time: Time = then.time();
    let hour = format!("{:02}:{:02}", time.hour(), time.minute());
    let (today, day): (Date, Date) = (today.date(), then.date());
    let ahead = |days: i8| {
        (1..=days).any(|days| {
            let later = today.checked_add(jiff::Span::new().days(days));
            later.is_ok_and(|later| later == day)
        })
    };
    let text = if day == today {
        words.today.to_owned()
    } else if ahead(1) {
        words.tomorrow.to_owned()
    } else if ahead(6) {
        let weekday = usize::from(day.weekday().to_monday_zero_offset().unsigned_abs());
        words.on_day.replace('@', words.weekdays[weekday])
    } else {
        let month = usize::from(day.month().unsigned_abs().saturating_sub(1));
        let date = format!("{} {}", day.day(), words.months[month]);
        words.on_date.replace('@', &date)
    };
    text.replace('#', &hour)
}

fn local(zone: &TimeZone, at: Timestamp) -> Option<DateTime> {
    let at = jiff::Timestamp::from_millisecond(i64::try_from(at.0).ok()?).ok()?;
    Some(zone.to_datetime(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Tuesday, 09:00 in Riyadh.
    const NOW: Timestamp = Timestamp(1_763_445_600_000);

    fn said(channel: ReplyChannel, within: Option<u64>, opens_in: Option<Millis>) -> Said {
        Said {
            channel,
            expected_reply: within.map(Millis::from_secs),
            opens_at: opens_in.map(|span| NOW + span),
            is_busy: false,
        }
    }

    fn told(said: &Said, lang: &str) -> String {
        let clock = Clock {
            now: NOW,
            visitors: Some("Asia/Riyadh"),
            sites: &TimeZone::UTC,
        };
        write(said, lang, &clock)
    }

    #[test]
    fn a_time_is_promised_only_where_one_is_known() {
        use ReplyChannel::{Chat, Email, Phone};
        for (channel, within, english, arabic) in [
            (
                Chat,
                Some(20),
                "Usually replies within 1 minute · Chat",
                "مدة الرد المعتادة: دقيقة · محادثة",
            ),
            (
                Chat,
                Some(120),
                "Usually replies within 2 minutes · Chat",
                "مدة الرد المعتادة: دقيقتان · محادثة",
            ),
            (Chat, None, "Chat", "محادثة"),
            (
                Phone,
                Some(1_800),
                "We call you back within 30 minutes",
                "نعاود الاتصال بك، المدة المتوقعة: ٣٠ دقيقة",
            ),
            (
                Phone,
                Some(3_601),
                "We call you back within 2 hours",
                "نعاود الاتصال بك، المدة المتوقعة: ساعتان",
            ),
            (
                Email,
                Some(5 * 86_400),
                "We reply by e-mail within 5 days",
                "نرد بالبريد الإلكتروني، المدة المتوقعة: ٥ أيام",
            ),
            (Email, None, "E-mail", "بريد إلكتروني"),
        ] {
            let said = said(channel, within, None);
            assert_eq!(told(&said, "en-GB"), english);
            assert_eq!(told(&said, "fr"), english, "whoever reads neither");
            assert_eq!(told(&said, "ar-sa"), arabic);
        }
    }

    #[test]
    fn the_next_opening_is_told_by_the_visitors_clock() {
        let closed = |hours| said(ReplyChannel::Email, None, Some(Millis::from_hours(hours)));
        for (hours, english, arabic) in [
            (
                1,
                "We are open again today at 10:00, and reply by e-mail",
                "نعود إلى العمل اليوم الساعة ١٠:٠٠، ونرد عليك بالبريد الإلكتروني",
            ),
            (
                24,
                "We are open again tomorrow at 09:00, and reply by e-mail",
                "نعود إلى العمل غدًا الساعة ٠٩:٠٠، ونرد عليك بالبريد الإلكتروني",
            ),
            (
                120,
                "We are open again on Sunday at 09:00, and reply by e-mail",
                "نعود إلى العمل يوم الأحد الساعة ٠٩:٠٠، ونرد عليك بالبريد الإلكتروني",
            ),
            (
                168,
                "We are open again on 25 November at 09:00, and reply by e-mail",
                "نعود إلى العمل يوم ٢٥ نوفمبر الساعة ٠٩:٠٠، ونرد عليك بالبريد الإلكتروني",
            ),
        ] {
            assert_eq!(told(&closed(hours), "en"), english);
            assert_eq!(told(&closed(hours), "ar"), arabic);
        }
        for visitors in [None, Some("Moon/Crater")] {
            let sites = &TimeZone::UTC;
            let now = NOW;
            let clock = Clock {
                now,
                visitors,
                sites,
            };
            let text = write(&closed(1), "en", &clock);
            assert_eq!(
                text,
                "We are open again today at 07:00, and reply by e-mail"
            );
        }
    }

    #[test]
    fn who_is_busy_says_so() {
        let busy = Said {
            is_busy: true,
            ..said(ReplyChannel::Email, None, None)
        };
        assert!(told(&busy, "en").starts_with("Nobody is free right now"));
        assert_eq!((language("ar-EG"), language("de")), ("ar", "en"));
        assert!(sorry("ar").starts_with("عذرًا"));
    }

    #[test]
    fn arabic_counts_as_arabic_does() {
        let span = |count| (ARABIC.span)(count, Unit::Day);
        let counted = [1, 2, 3, 10, 11, 99, 100, 103].map(span);
        assert_eq!(
            counted,
            [
                "يوم",
                "يومان",
                "3 أيام",
                "10 أيام",
                "11 يومًا",
                "99 يومًا",
                "100 يوم",
                "103 أيام"
            ]
        );
    }
}
