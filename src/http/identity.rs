//! Who says who a visitor is: a page can claim anything, a token signed by the site's server proves it.

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde::Deserialize;

use crate::domain::Timestamp;

/// What the site's server signs.
#[derive(Deserialize)]
struct Claims {
    /// The person: the `user_id` of the identify call.
    sub: String,
    /// When the token lapses, in seconds since the epoch.
    exp: u64,
}

/// Whether the token that came with an identify call proves who it names; without a token it is a claim. A site without
/// secrets cannot check anything: whatever is sent along stays a claim.
///
/// # Errors
///
/// Why a token proves nothing: a page that sends one relies on it, so it is refused.
pub(super) fn verify(
    secrets: &[String],
    token: Option<&str>,
    user_id: &str,
    now: Timestamp,
) -> Result<bool, String> {
    match token {
        Some(token) if !secrets.is_empty() => prove(secrets, token, user_id, now).map(|()| true),
        Some(_) | None => Ok(false),
    }
}

/// Whether `token` proves that the visitor is `user_id`: a JSON Web Token (RFC 7519), signed with HMAC-SHA-256 under one
/// of the site's secrets, whose `sub` is the user id and whose `exp` has not passed.
///
/// # Errors
///
/// Why it proves nothing, for the site's developer.
fn prove(secrets: &[String], token: &str, user_id: &str, now: Timestamp) -> Result<(), String> {
    let mut rules = Validation::new(Algorithm::HS256);
    // The time is compared below: the service has one clock, and tests have theirs.
    rules.validate_exp = false;
    rules.validate_aud = false;
    let read = |secret: &String| {
        let key = DecodingKey::from_secret(secret.as_bytes());
        decode::<Claims>(token, &key, &rules).map(|token| token.claims)
    };
    let mut outcome = Err("the site has no `identity_secrets`".to_owned());
    for secret in secrets {
        match read(secret) {
            Ok(claims) => return check(&claims, user_id, now),
            Err(why) => outcome = Err(format!("`token` cannot be used: {why}")),
        }
    }
    outcome
}

fn check(claims: &Claims, user_id: &str, now: Timestamp) -> Result<(), String> {
    if claims.sub != user_id {
        return Err("`token` is signed for another `sub` than this `user_id`".to_owned());
    }
    if claims.exp <= now.0 / 1_000 {
        return Err("`token` has lapsed; sign a fresh one with each page".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{EncodingKey, Header, encode};
    use serde_json::json;

    use super::*;

    const NOW: Timestamp = Timestamp(1_763_760_000_000);
    const SECRET: &str = "a secret of the shop's server, long enough";

    fn sign(header: &Header, claims: &serde_json::Value, secret: &str) -> String {
        encode(header, claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
    }

    fn proved(secrets: &[&str], token: &str) -> Result<(), String> {
        let secrets: Vec<String> = secrets.iter().map(|&secret| secret.to_owned()).collect();
        prove(&secrets, token, "u-1", NOW)
    }

    #[test]
    fn a_token_of_the_sites_server_proves_who_it_names_while_it_lasts() {
        let good = json!({ "sub": "u-1", "exp": NOW.0 / 1_000 + 60 });
        let token = sign(&Header::default(), &good, SECRET);
        assert_eq!(proved(&[SECRET], &token), Ok(()));
        assert_eq!(proved(&["an older secret", SECRET], &token), Ok(()));
        let refusals = [
            (json!({ "sub": "u-2", "exp": NOW.0 }), "another `sub`"),
            (json!({ "sub": "u-1", "exp": NOW.0 / 1_000 }), "lapsed"),
            (json!({ "sub": "u-1" }), "exp"),
        ];
        for (claims, why) in refusals {
            let told = proved(&[SECRET], &sign(&Header::default(), &claims, SECRET)).unwrap_err();
            assert!(told.contains(why), "{claims}: {told}");
        }
    }

    #[test]
    fn forged_tokens_prove_nothing() {
        let good = json!({ "sub": "u-1", "exp": NOW.0 / 1_000 + 60 });
        let stranger = sign(&Header::default(), &good, "a stranger's secret");
        assert!(proved(&[SECRET], &stranger).is_err());
        let other_kind = sign(&Header::new(Algorithm::HS512), &good, SECRET);
        assert!(proved(&[SECRET], &other_kind).is_err());
        // {"alg":"none"}
        let signed = sign(&Header::default(), &good, SECRET);
        let claims = signed.split('.').nth(1).unwrap();
        assert!(proved(&[SECRET], &format!("eyJhbGciOiJub25lIn0.{claims}.")).is_err());
        assert!(proved(&[SECRET], "nonsense").is_err());
        assert!(proved(&[], &signed).is_err());
    }
}
