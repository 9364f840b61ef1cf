//! Where visits come from, case by case.

use proptest::prelude::*;
use url::Url;

use super::source::source_of;

/// `channel source / medium` of a visit to `query` on the shop.
fn came(query: &str, referrer: &str) -> String {
    let landing = Url::parse(&format!("https://shop.example/{query}")).unwrap();
    let referrer = Some(referrer).filter(|referrer| !referrer.is_empty());
    let own_hosts = ["shop.example", "pay.example"];
    let source = source_of(referrer, &landing, &own_hosts, &|text| text.into());
    format!(
        "{} {} / {}",
        source.channel.as_str(),
        source.source,
        source.medium
    )
}

fn assert_all(cases: &[(&str, &str, &str)]) {
    for (query, referrer, expected) in cases {
        assert_eq!(came(query, referrer), *expected, "{query} from {referrer}");
    }
}

#[test]
fn referrers_alone() {
    assert_all(&[
        ("", "", "direct direct / none"),
        (
            "",
            "https://www.google.com/",
            "organic_search google / organic",
        ),
        (
            "",
            "https://www.google.com.eg/search?q=x",
            "organic_search google / organic",
        ),
        ("", "https://yandex.ru/", "organic_search yandex / organic"),
        ("", "https://l.facebook.com/", "social facebook / social"),
        ("", "https://t.co/abc", "social twitter / social"),
        ("", "https://web.whatsapp.com/", "social whatsapp / social"),
        (
            "",
            "https://chatgpt.com/",
            "ai_assistant chatgpt / ai-assistant",
        ),
        (
            "",
            "https://www.perplexity.ai/",
            "ai_assistant perplexity / ai-assistant",
        ),
        (
            "",
            "https://gemini.google.com/",
            "ai_assistant gemini / ai-assistant",
        ),
        (
            "",
            "https://mail.google.com/mail/u/0/",
            "email gmail / email",
        ),
        ("", "https://outlook.live.com/", "email outlook / email"),
        (
            "",
            "https://Blog.Example.org/post",
            "referral blog.example.org / referral",
        ),
        (
            "",
            "https://docs.google.com/",
            "referral docs.google.com / referral",
        ),
    ]);
}

#[test]
fn android_applications() {
    assert_all(&[
        (
            "",
            "android-app://com.google.android.gm/",
            "email gmail / email",
        ),
        (
            "",
            "android-app://com.google.android.gm",
            "email gmail / email",
        ),
        (
            "",
            "android-app://com.google.android.googlequicksearchbox/https/www.google.com",
            "organic_search google / organic",
        ),
        (
            "",
            "android-app://org.telegram.messenger/",
            "social telegram / social",
        ),
        (
            "",
            "android-app://com.openai.chatgpt/",
            "ai_assistant chatgpt / ai-assistant",
        ),
        (
            "",
            "android-app://com.example.reader/",
            "referral com.example.reader / referral",
        ),
        ("", "android-app://<script>/", "direct direct / none"),
    ]);
}

#[test]
fn own_hosts_are_no_referrers() {
    assert_all(&[
        ("", "https://shop.example/cart", "direct direct / none"),
        ("", "https://www.shop.example/cart", "direct direct / none"),
        ("", "https://help.shop.example/", "direct direct / none"),
        ("", "https://pay.example/", "direct direct / none"),
        (
            "",
            "https://notshop.example/",
            "referral notshop.example / referral",
        ),
    ]);
}

#[test]
fn what_is_no_referrer_is_none() {
    assert_all(&[
        ("", "about:blank", "direct direct / none"),
        ("", "javascript:alert(1)", "direct direct / none"),
        ("", "file:///etc/passwd", "direct direct / none"),
        ("", "not a url", "direct direct / none"),
    ]);
}

#[test]
fn tags_name_the_paid_channels() {
    assert_all(&[
        (
            "?utm_source=google&utm_medium=cpc",
            "",
            "paid_search google / cpc",
        ),
        (
            "?utm_source=Facebook&utm_medium=Paid_Social",
            "",
            "paid_social facebook / paid_social",
        ),
        ("?utm_source=fb&utm_medium=cpm", "", "paid_social fb / cpm"),
        (
            "?utm_source=partner&utm_medium=cpc",
            "",
            "display partner / cpc",
        ),
        (
            "?utm_source=partner&utm_medium=banner",
            "",
            "display partner / banner",
        ),
        (
            "?utm_source=partner&utm_medium=affiliate",
            "",
            "affiliate partner / affiliate",
        ),
        (
            "?utm_medium=cpc",
            "https://www.google.com/",
            "paid_search google / cpc",
        ),
        (
            "?utm_source=google&gclid=1",
            "https://www.google.com/",
            "paid_search google / cpc",
        ),
    ]);
}

#[test]
fn tags_name_the_other_channels() {
    assert_all(&[
        (
            "?utm_source=news&utm_medium=email",
            "https://mail.google.com/",
            "email news / email",
        ),
        ("?utm_source=newsletter", "", "email newsletter / none"),
        (
            "?utm_source=campaign&utm_medium=sms",
            "",
            "sms campaign / sms",
        ),
        (
            "?utm_source=hootsuite&utm_medium=social",
            "",
            "social hootsuite / social",
        ),
        ("?utm_source=instagram", "", "social instagram / social"),
        (
            "?utm_source=chatgpt.com",
            "",
            "ai_assistant chatgpt.com / ai-assistant",
        ),
        (
            "?utm_source=chatgpt.com",
            "https://chatgpt.com/",
            "ai_assistant chatgpt.com / ai-assistant",
        ),
        (
            "?utm_source=partner&utm_medium=organic",
            "",
            "organic_search partner / organic",
        ),
        (
            "?utm_source=partner&utm_medium=referral",
            "",
            "referral partner / referral",
        ),
        ("?utm_source=flyer&utm_medium=qr", "", "campaign flyer / qr"),
        ("?utm_campaign=eid", "", "campaign direct / none"),
        (
            "?utm_campaign=eid",
            "https://www.bing.com/",
            "organic_search bing / organic",
        ),
    ]);
}

#[test]
fn click_ids_speak_when_tags_are_silent() {
    assert_all(&[
        (
            "?gclid=1",
            "https://www.google.com/",
            "paid_search google / cpc",
        ),
        ("?wbraid=1", "", "paid_search google / cpc"),
        ("?msclkid=1", "", "paid_search bing / cpc"),
        ("?ttclid=1", "", "paid_social tiktok / cpc"),
        ("?li_fat_id=1", "", "paid_social linkedin / cpc"),
        ("?ScCid=1", "", "paid_social snapchat / cpc"),
        ("?fbclid=1", "", "social facebook / social"),
        (
            "?fbclid=1",
            "https://l.instagram.com/",
            "social instagram / social",
        ),
        (
            "?fbclid=1",
            "https://web.whatsapp.com/",
            "social whatsapp / social",
        ),
        ("?mc_eid=1", "", "email mailchimp / email"),
        ("?gclid=", "", "direct direct / none"),
    ]);
}

#[test]
fn a_bare_parameter_is_believed_last() {
    assert_all(&[
        ("?ref=producthunt", "", "social producthunt / social"),
        ("?ref=friend", "", "referral friend / referral"),
        ("?source=friend", "", "referral friend / referral"),
        (
            "?ref=friend",
            "https://www.google.com/",
            "organic_search google / organic",
        ),
    ]);
}

#[test]
fn campaign_and_referrer_are_both_kept() {
    let landing =
        Url::parse("https://shop.example/?utm_source=a&utm_campaign=b&utm_term=c&utm_content=d")
            .unwrap();
    let referrer = Some("https://www.blog.example/");
    let source = source_of(referrer, &landing, &["shop.example"], &|text| text.into());
    assert_eq!(source.campaign.as_deref(), Some("b"));
    assert_eq!(source.term.as_deref(), Some("c"));
    assert_eq!(source.content.as_deref(), Some("d"));
    assert_eq!(source.referrer_host.as_deref(), Some("blog.example"));
}

proptest! {
    #[test]
    fn no_text_panics(query in "\\?.{0,60}", referrer in ".{0,60}") {
        came(&query, &referrer);
    }
}
