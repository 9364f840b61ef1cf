//! Signatures by the Standard Webhooks specification: `v1,` and the HMAC-SHA256, in base64, of id, time and body joined
//! by dots. Several signatures stand side by side, separated by spaces, while a secret is changed.
//!
//! Source: <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// What a secret begins with where people see it.
const PREFIX: &str = "whsec_";
/// Bytes of a secret; the specification asks for 24 to 64.
pub const SECRET_BYTES: usize = 32;

/// A secret as it is shown to people, once.
pub fn shown(key: &[u8]) -> String {
    format!("{PREFIX}{}", STANDARD.encode(key))
}

/// One signature under one key.
fn sign(key: &[u8], id: &str, seconds: u64, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length will do");
    mac.update(format!("{id}.{seconds}.").as_bytes());
    mac.update(body);
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

/// The value of `webhook-signature`: a signature under each key. `seconds` is the time since the epoch.
pub fn header<K: AsRef<[u8]>>(keys: &[K], id: &str, seconds: u64, body: &[u8]) -> String {
    let each = keys.iter().map(|key| sign(key.as_ref(), id, seconds, body));
    each.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example that the reference libraries of the specification test themselves with.
    #[test]
    fn the_reference_example_is_signed_alike() {
        let key = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed = header(
            &[key],
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn every_secret_signs_while_one_is_changed() {
        let signed = header(&[[1; 32], [2; 32]], "msg_1", 7, b"{}");
        let (first, second) = signed.split_once(' ').unwrap();
        assert_eq!(first, header(&[[1; 32]], "msg_1", 7, b"{}"));
        assert_eq!(second, header(&[[2; 32]], "msg_1", 7, b"{}"));
        assert!(shown(&[1; 32]).starts_with("whsec_AQEB"));
    }
}
