//! Who belongs to which share of the audience: sticky, evenly spread, the same on every machine.

/// FNV-1a, 32 bits, over UTF-16 code units, each XORed whole: the published hash works on JavaScript strings.
fn fnv1a32(units: impl Iterator<Item = u16>) -> u32 {
    units.fold(0x811c_9dc5, |hash, unit| {
        (hash ^ u32::from(unit)).wrapping_mul(0x0100_0193)
    })
}

/// The bucket of `value` under `seed`, 0 to 9,999.
///
/// Source: the GrowthBook hash, version 2: `fnv1a32(decimal(fnv1a32(seed + value))) mod 10000`. A seed for each
/// purpose (`holdout:<trigger>`, `variant:<trigger>`) keeps the draws of one visitor independent of each other.
pub fn bucket(seed: &str, value: &str) -> u16 {
    let inner = fnv1a32(seed.encode_utf16().chain(value.encode_utf16()));
    let outer = fnv1a32(inner.to_string().bytes().map(u16::from));
    u16::try_from(outer % 10_000).expect("a remainder below 10,000 fits")
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Case {
        seed: String,
        value: String,
        bucket: f64,
    }

    #[derive(Deserialize)]
    struct Published {
        cases: Vec<Case>,
    }

    #[test]
    fn the_hash_agrees_with_every_published_case() {
        let text = include_str!("../../tests/fixtures/growthbook-hash-v2.json");
        let published: Published = serde_json::from_str(text).unwrap();
        assert!(published.cases.len() >= 64);
        for case in published.cases {
            let bucket = super::bucket(&case.seed, &case.value);
            let published = (case.bucket * 10_000.0).round() as u16;
            assert_eq!(bucket, published, "{:?} {:?}", case.seed, case.value);
        }
    }
}
