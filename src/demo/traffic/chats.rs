//! What the demonstration's chat layer tells of conversations, as a real one does.

use std::time::Duration;

use serde_json::json;
use tokio::sync::mpsc;

use crate::demo::SITE;

use super::walk::Street;

/// More than ever wait to be told.
const MOST_WAITING: usize = 256;
/// Whoever does not hear the chat layer is told again after this long, so many times.
const PAUSE: Duration = Duration::from_secs(2);
const MAX_TRIES: usize = 3;

/// Something that happened in a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// The visitor's public id.
    pub(super) visitor: String,
    /// The conversation.
    pub(super) chat: String,
    /// Who answers in it.
    pub(super) department: &'static str,
    pub(super) what: What,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Requested,
    FirstReply,
    Ended,
    /// How it was liked, from 1 to 5.
    Rated(u64),
}

impl Word {
    fn body(&self) -> String {
        let (state, rating) = match self.what {
            What::Requested => ("requested", None),
            What::FirstReply => ("first_reply", None),
            What::Ended => ("ended", None),
            What::Rated(rating) => ("rated", Some(rating)),
        };
        let mut body = json!({
            "visitor": self.visitor, "chat": self.chat, "state": state, "department": self.department,
        });
        if let Some(rating) = rating {
            body["rating"] = rating.into();
        }
        body.to_string()
    }
}

/// Where conversations are told of, and where that is heard.
pub(super) fn line() -> (mpsc::Sender<Word>, mpsc::Receiver<Word>) {
    mpsc::channel(MOST_WAITING)
}

/// Takes what is told to the service, in its order.
pub(super) async fn tell(street: &Street, token: &str, mut words: mpsc::Receiver<Word>) {
    let path = format!("/v1/sites/{SITE}/chats");
    while let Some(word) = words.recv().await {
        for _ in 0..MAX_TRIES {
            let told = street.wire.chat(&path, token, word.body()).await;
            if told.is_ok() {
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_word_is_a_report_as_the_service_takes_it() {
        let word = |what| Word {
            visitor: "v".to_owned(),
            chat: "c".to_owned(),
            department: "sales",
            what,
        };
        let body = |what| serde_json::from_str::<Value>(&word(what).body()).unwrap();
        let begun =
            json!({"visitor": "v", "chat": "c", "department": "sales", "state": "requested"});
        assert_eq!(body(What::Requested), begun);
        assert_eq!(body(What::FirstReply)["state"], "first_reply");
        assert_eq!(body(What::Ended)["rating"], Value::Null);
        assert_eq!(body(What::Rated(4))["rating"], 4);
    }
}
