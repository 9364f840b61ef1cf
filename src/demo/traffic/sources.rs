//! What led the simulated people to the shop.

/// A way into the shop.
#[derive(Debug, PartialEq)]
pub(super) struct Source {
    /// How many come this way, in relation to the other entries of its table.
    pub(super) weight: u64,
    /// What browsers report as the page before: of foreign pages only the origin.
    pub(super) referrer: &'static str,
    /// What the link adds to the landing page's address.
    pub(super) query: &'static str,
}

const fn source(weight: u64, referrer: &'static str, query: &'static str) -> Source {
    Source {
        weight,
        referrer,
        query,
    }
}

/// Ways of people who do not know the shop.
#[rustfmt::skip]
pub(super) const STRANGERS: [Source; 17] = [
    source(26, "https://www.google.com/", ""),
    source(6, "https://www.google.com/", "?gclid=EAIaIQobChMI8vXdk5uYkAMV&utm_source=google&utm_medium=cpc&utm_campaign=khawlani-beans"),
    source(5, "https://www.bing.com/", ""),
    source(3, "https://duckduckgo.com/", ""),
    source(11, "https://l.instagram.com/", "?utm_source=instagram&utm_medium=social&utm_campaign=pour-over-reels"),
    source(4, "https://www.tiktok.com/", "?ttclid=E_C_P_CqoBdGhlLWRhbGxhaA&utm_source=tiktok&utm_medium=paid_social&utm_campaign=dallah-film"),
    source(4, "https://t.co/", ""),
    source(3, "https://www.facebook.com/", "?fbclid=IwY2xjawNhb3NsZXY"),
    source(3, "https://www.youtube.com/", "?utm_source=youtube&utm_medium=video&utm_campaign=terraces-of-jazan"),
    source(7, "https://chatgpt.com/", "?utm_source=chatgpt.com"),
    source(2, "https://www.perplexity.ai/", ""),
    source(1, "https://gemini.google.com/", ""),
    source(3, "https://www.reddit.com/", ""),
    source(4, "https://riyadh-coffee-map.example/", ""),
    source(2, "https://slow-mornings.example/", "?utm_source=slow-mornings&utm_medium=affiliate&utm_campaign=gift-guide"),
    source(1, "https://www.pinterest.com/", ""),
    source(14, "", ""),
];

/// Ways of people who have been here before, or own something from here.
#[rustfmt::skip]
pub(super) const FRIENDS: [Source; 5] = [
    source(10, "", ""),
    source(5, "", "?utm_source=newsletter&utm_medium=email&utm_campaign=new-harvest"),
    source(2, "https://mail.google.com/", "?utm_source=newsletter&utm_medium=email&utm_campaign=new-harvest"),
    source(5, "https://www.google.com/", ""),
    source(2, "https://l.instagram.com/", ""),
];

/// Ways of people who look for a supplier.
#[rustfmt::skip]
pub(super) const BUSINESS: [Source; 6] = [
    source(8, "https://www.google.com/", ""),
    source(4, "https://www.linkedin.com/", "?utm_source=linkedin&utm_medium=paid_social&utm_campaign=wholesale-q4"),
    source(4, "https://chatgpt.com/", "?utm_source=chatgpt.com"),
    source(3, "https://www.google.com/", "?gclid=EAIaIQobChMI2pTQyJ6YkAMV&utm_source=google&utm_medium=cpc&utm_campaign=wholesale"),
    source(2, "https://gulf-cafe-owners.example/", ""),
    source(4, "", ""),
];
