//! Who says who a visitor is: a page can claim anything, a token signed by the site's server proves it.

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;

use crate::domain::{Millis, Timestamp};

/// Clocks may differ by so much.
const LEEWAY: Millis = Millis::from_mins(1);

/// By what a site knows its own server's tokens.
#[derive(Clone, Copy, Debug)]
pub struct Proofs<'a> {
    /// The site's public key, which a token may name as its audience.
    pub site: &'a str,
    /// Secrets for HMAC-SHA-256 (`HS256`).
    pub secrets: &'a [String],
    /// Ed25519 public keys (`EdDSA`).
    pub keys: &'a [[u8; 32]],
    /// Whether a token signed with a secret must name its audience; one signed with a key always must.
    pub audience_required: bool,
}

/// What the site's server signs.
#[derive(Deserialize)]
struct Claims {
    /// The person: the `user_id` of the identify call.
    sub: String,
    /// When the token lapses, in seconds since the epoch.
    exp: u64,
    /// When it begins to hold, in seconds since the epoch.
    nbf: Option<u64>,
    /// Whom it is meant for.
    aud: Option<Audience>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    fn has(&self, site: &str) -> bool {
        match self {
            Self::One(one) => one == site,
            Self::Many(all) => all.iter().any(|one| one == site),
        }
    }
}

/// Whether the token that came with an identify call proves who it names; without a token it is a claim. A site without
/// secrets and keys cannot check anything: whatever is sent along stays a claim.
///
/// # Errors
///
/// Why a token proves nothing: a page that sends one relies on it, so it is refused.
pub(super) fn verify(
    proofs: Proofs<'_>,
    token: Option<&str>,
    user_id: &str,
    now: Timestamp,
) -> Result<bool, String> {
    let checks = !proofs.secrets.is_empty() || !proofs.keys.is_empty();
    match token {
        Some(token) if checks => prove(proofs, token, user_id, now).map(|()| true),
        Some(_) | None => Ok(false),
    }
}

/// Whether `token` proves that the visitor is `user_id`: a JSON Web Token (RFC 7519), signed under one of the site's
/// secrets or keys, whose `sub` is the user id, which holds at this time, and which is meant for this site.
///
/// # Errors
///
/// Why it proves nothing, for the site's developer.
fn prove(proofs: Proofs<'_>, token: &str, user_id: &str, now: Timestamp) -> Result<(), String> {
    let unusable = |why: jsonwebtoken::errors::Error| format!("`token` cannot be used: {why}");
    let algorithm = decode_header(token).map_err(unusable)?.alg;
    // A key is only ever used for its own algorithm, whatever the token says of itself.
    let (keys, setting): (Vec<DecodingKey>, &str) = if algorithm == Algorithm::HS256 {
        let secrets = proofs.secrets.iter();
        let keys = secrets.map(|secret| DecodingKey::from_secret(secret.as_bytes()));
        (keys.collect(), "identity_secrets")
    } else if algorithm == Algorithm::EdDSA {
        let keys = proofs.keys.iter();
        let keys = keys.map(|key| DecodingKey::from_ed_der(key));
        (keys.collect(), "identity_keys")
    } else {
        return Err(format!(
            "`token` is signed with {algorithm:?}; use HS256 or EdDSA"
        ));
    };
    let mut rules = Validation::new(algorithm);
    // Times and audience are compared below: the service has one clock, and tests have theirs.
    rules.validate_exp = false;
    rules.validate_aud = false;
    let mut outcome = Err(format!("the site has no `{setting}`"));
    for key in keys {
        match decode::<Claims>(token, &key, &rules) {
            Ok(token) => {
                let named = proofs.audience_required || algorithm == Algorithm::EdDSA;
                return check(&token.claims, proofs.site, named, user_id, now);
            }
            Err(why) => outcome = Err(unusable(why)),
        }
    }
    outcome
}

fn check(
    claims: &Claims,
    site: &str,
    named: bool,
    user_id: &str,
    now: Timestamp,
) -> Result<(), String> {
    let seconds = |at: Timestamp| at.0 / 1_000;
    let refused = |why: &str| Err(why.to_owned());
    if claims.sub != user_id {
        return refused("`token` is signed for another `sub` than this `user_id`");
    }
    if claims.exp <= seconds(now - LEEWAY) {
        return refused("`token` has lapsed; sign a fresh one with each page");
    }
    if claims.nbf.is_some_and(|nbf| nbf > seconds(now + LEEWAY)) {
        return refused("`token` does not hold yet; is the signing server's clock right?");
    }
    match &claims.aud {
        Some(audience) if !audience.has(site) => Err(format!(
            "`token` is meant for another `aud`; sign it for the site's key, {site:?}"
        )),
        None if named => Err(format!(
            "`token` has no `aud`; sign it for the site's key, {site:?}"
        )),
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{EncodingKey, Header, encode};
    use serde_json::{Value, json};

    use super::*;

    const NOW: Timestamp = Timestamp(1_763_760_000_000);
    const SECOND: u64 = NOW.0 / 1_000;
    const SECRET: &str = "a secret of the shop's server, long enough";
    /// The key pair of RFC 8032, section 7.1, test 1.
    const SEED: [u8; 32] = [
        0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c,
        0xc4, 0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae,
        0x7f, 0x60,
    ];
    const PUBLIC: [u8; 32] = [
        0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07,
        0x3a, 0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07,
        0x51, 0x1a,
    ];

    fn sign(header: &Header, claims: &Value, secret: &str) -> String {
        encode(header, claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
    }

    /// PKCS #8 (RFC 8410) of the key pair.
    fn sign_ed(claims: &Value) -> String {
        let prefix = [
            0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22,
            0x04, 0x20,
        ];
        let der = [&prefix[..], &SEED].concat();
        let header = Header::new(Algorithm::EdDSA);
        encode(&header, claims, &EncodingKey::from_ed_der(&der)).unwrap()
    }

    fn proved_by(secrets: &[&str], keys: &[[u8; 32]], token: &str) -> Result<(), String> {
        let secrets: Vec<String> = secrets.iter().map(|&secret| secret.to_owned()).collect();
        let proofs = Proofs {
            site: "shop",
            secrets: &secrets,
            keys,
            audience_required: false,
        };
        prove(proofs, token, "u-1", NOW)
    }

    fn proved(secrets: &[&str], token: &str) -> Result<(), String> {
        proved_by(secrets, &[], token)
    }

    #[test]
    fn a_token_of_the_sites_server_proves_who_it_names_while_it_lasts() {
        let good = json!({ "sub": "u-1", "exp": SECOND + 60 });
        let token = sign(&Header::default(), &good, SECRET);
        assert_eq!(proved(&[SECRET], &token), Ok(()));
        assert_eq!(proved(&["an older secret", SECRET], &token), Ok(()));
        let refusals = [
            (json!({ "sub": "u-2", "exp": SECOND + 60 }), "another `sub`"),
            (json!({ "sub": "u-1", "exp": SECOND - 60 }), "lapsed"),
            (
                json!({ "sub": "u-1", "exp": SECOND + 60, "nbf": SECOND + 61 }),
                "not hold yet",
            ),
            (
                json!({ "sub": "u-1", "exp": SECOND + 60, "aud": "club" }),
                "another `aud`",
            ),
            (
                json!({ "sub": "u-1", "exp": SECOND + 60, "aud": [] }),
                "another `aud`",
            ),
            (json!({ "sub": "u-1" }), "exp"),
        ];
        for (claims, why) in refusals {
            let told = proved(&[SECRET], &sign(&Header::default(), &claims, SECRET)).unwrap_err();
            assert!(told.contains(why), "{claims}: {told}");
        }
        let leeway = [
            json!({ "sub": "u-1", "exp": SECOND - 59, "nbf": SECOND + 60, "aud": "shop" }),
            json!({ "sub": "u-1", "exp": SECOND, "aud": ["club", "shop"] }),
        ];
        for claims in leeway {
            let token = sign(&Header::default(), &claims, SECRET);
            assert_eq!(proved(&[SECRET], &token), Ok(()), "{claims}");
        }
    }

    #[test]
    fn a_token_under_a_key_is_meant_for_one_site() {
        let claims = |aud: Value| json!({ "sub": "u-1", "exp": SECOND + 60, "aud": aud });
        let good = sign_ed(&claims("shop".into()));
        assert_eq!(proved_by(&[], &[PUBLIC], &good), Ok(()));
        assert_eq!(proved_by(&[SECRET], &[[7; 32], PUBLIC], &good), Ok(()));
        for (token, keys, why) in [
            (sign_ed(&claims("club".into())), PUBLIC, "another `aud`"),
            (sign_ed(&claims(Value::Null)), PUBLIC, "has no `aud`"),
            (good.clone(), [7; 32], "cannot be used"),
        ] {
            let told = proved_by(&[], &[keys], &token).unwrap_err();
            assert!(told.contains(why), "{told}");
        }
        let told = proved_by(&[SECRET], &[], &good).unwrap_err();
        assert!(told.contains("no `identity_keys`"), "{told}");
    }

    /// Who knows a public key must not sign with it as if it were a secret.
    #[test]
    fn a_public_key_is_no_secret() {
        let claims = json!({ "sub": "u-1", "exp": SECOND + 60, "aud": "shop" });
        let key = EncodingKey::from_secret(&PUBLIC);
        let forged = encode(&Header::default(), &claims, &key).unwrap();
        let told = proved_by(&[], &[PUBLIC], &forged).unwrap_err();
        assert!(told.contains("no `identity_secrets`"), "{told}");
        assert!(proved_by(&[SECRET], &[PUBLIC], &forged).is_err());
    }

    #[test]
    fn a_site_may_insist_on_the_audience() {
        let secrets = [SECRET.to_owned()];
        let proofs = Proofs {
            site: "shop",
            secrets: &secrets,
            keys: &[],
            audience_required: true,
        };
        let claims = json!({ "sub": "u-1", "exp": SECOND + 60 });
        let bare = sign(&Header::default(), &claims, SECRET);
        let told = verify(proofs, Some(&bare), "u-1", NOW).unwrap_err();
        assert!(told.contains("has no `aud`"), "{told}");
        let nobody = Proofs {
            secrets: &[],
            ..proofs
        };
        assert_eq!(verify(nobody, Some(&bare), "u-1", NOW), Ok(false));
        assert_eq!(verify(proofs, None, "u-1", NOW), Ok(false));
    }

    #[test]
    fn forged_tokens_prove_nothing() {
        let good = json!({ "sub": "u-1", "exp": SECOND + 60 });
        let stranger = sign(&Header::default(), &good, "a stranger's secret");
        assert!(proved(&[SECRET], &stranger).is_err());
        let other_kind = sign(&Header::new(Algorithm::HS512), &good, SECRET);
        let told = proved(&[SECRET], &other_kind).unwrap_err();
        assert!(told.contains("use HS256 or EdDSA"), "{told}");
        // {"alg":"none"}
        let signed = sign(&Header::default(), &good, SECRET);
        let claims = signed.split('.').nth(1).unwrap();
        assert!(proved(&[SECRET], &format!("eyJhbGciOiJub25lIn0.{claims}.")).is_err());
        assert!(proved(&[SECRET], "nonsense").is_err());
        assert!(proved(&[], &signed).is_err());
    }
}
