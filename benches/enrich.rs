//! What enrichment costs: a page view pays for the address and the remembered user agent, a session start for the rest.
//!
//! The flat databases of the tests hold a handful of networks; name real ones, separated by spaces, in `AHLAN_GEO`.

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use ahlan::enrich::{Agents, ArrivalInput, Enricher, Geo, Interner, clean};
use criterion::{Criterion, criterion_group, criterion_main};
use url::Url;

const CHROME: &str = "Mozilla/5.0 (Linux; Android 14; SM-S918B Build/UP1A.231005.007; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/125.0.6422.165 Mobile Safari/537.36";
const PAGE: &str = "https://shop.example/ar/pricing/enterprise?utm_source=newsletter&utm_medium=email&utm_campaign=eid";

fn databases() -> Vec<PathBuf> {
    let fixtures = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/fixtures/geo/nested-city.mmdb"
    );
    option_env!("AHLAN_GEO")
        .unwrap_or(fixtures)
        .split(' ')
        .map(PathBuf::from)
        .collect()
}

/// Addresses all over the map, the same in every run.
fn addresses() -> impl Iterator<Item = IpAddr> {
    let mut seed = 1_u32;
    std::iter::repeat_with(move || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        IpAddr::V4(Ipv4Addr::from_bits(seed))
    })
}

fn enrich(bench: &mut Criterion) {
    let geo = Geo::open(&databases()).expect("the databases open");
    let mut anywhere = addresses();
    let mut fresh = move || anywhere.next().expect("it never ends");
    bench.bench_function("geo lookup, limit 1 µs", |b| {
        b.iter(|| geo.lookup(black_box(fresh())));
    });

    let agents = Agents::new(10_000);
    bench.bench_function("user agent remembered, limit 0.1 µs", |b| {
        b.iter(|| agents.identify(black_box(CHROME)));
    });
    let mut number = 0_u64;
    bench.bench_function("user agent unknown", |b| {
        b.iter(|| {
            number += 1;
            agents.identify(&format!("{CHROME} {number}"))
        });
    });

    let pool = Interner::new(1 << 20);
    bench.bench_function("string shared", |b| b.iter(|| pool.intern(black_box(PAGE))));
    let plain = PAGE.split('?').next().expect("there is a first part");
    bench.bench_function("url cleaned, limit 1 µs", |b| {
        b.iter(|| clean(black_box(plain), &[]));
    });
    bench.bench_function("url with a query cleaned", |b| {
        b.iter(|| clean(black_box(PAGE), &[]));
    });

    let enricher = Enricher::new(geo, agents);
    let landing_url = Url::parse(PAGE).expect("the page has a sound address");
    let input = ArrivalInput {
        ip: [192, 0, 2, 1].into(),
        user_agent: CHROME,
        referrer: Some("https://www.google.com.sa/"),
        landing_url: &landing_url,
        own_hosts: &["shop.example"],
        webdriver: false,
    };
    bench.bench_function("arrival", |b| {
        b.iter(|| enricher.arrival(black_box(&input)));
    });
}

criterion_group!(benches, enrich);
criterion_main!(benches);
