//! Public keys under which a site's server signs who a visitor is.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer};

/// How the DER of an Ed25519 public key begins (RFC 8410, section 4); the key itself follows.
const ED25519: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];

/// Reads keys, each as PEM or as the `x` of a JSON Web Key.
pub(super) fn keys<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<[u8; 32]>, D::Error> {
    let texts = Vec::<String>::deserialize(from)?;
    let keys = texts.iter().map(|text| {
        let hint = "an identity key is an Ed25519 public key, as PEM (openssl pkey -pubout) or as the `x` of a JWK";
        key(text).ok_or_else(|| serde::de::Error::custom(hint))
    });
    keys.collect()
}

fn key(text: &str) -> Option<[u8; 32]> {
    let text = text.trim();
    let body = text
        .strip_prefix("-----BEGIN PUBLIC KEY-----")
        .and_then(|rest| rest.strip_suffix("-----END PUBLIC KEY-----"));
    let Some(body) = body else {
        return URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok();
    };
    let body: String = body.split_whitespace().collect();
    let der = STANDARD.decode(body).ok()?;
    der.strip_prefix(&ED25519)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_from_pem_and_from_a_jwk() {
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        let pem = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n";
        let key = key(x).unwrap();
        assert_eq!((key[0], key[31]), (0xd7, 0x1a));
        assert_eq!(super::key(pem), Some(key));
        for wrong in [
            "",
            "short",
            &x[1..],
            "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
            &pem.replace("PUBLIC", "PRIVATE"),
        ] {
            assert_eq!(super::key(wrong), None, "{wrong}");
        }
    }
}
