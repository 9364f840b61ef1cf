//! People who sign in, as their browsers do it.

use reqwest::header::{COOKIE, ORIGIN};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::client::{Reply, http, send};
use crate::server::Server;
use crate::wait::until;

pub(crate) const PASSWORD: &str = "three blue camels";

/// Somebody who is signed in, by what their browser keeps.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) cookie: String,
}

impl Person {
    /// Whoever an answer has let in.
    pub(crate) fn of(reply: &Reply) -> Self {
        assert!([200, 201].contains(&reply.status), "{reply:?}");
        let cookie = reply.header("set-cookie").unwrap();
        let (pair, _) = cookie.split_once(';').unwrap();
        Self {
            cookie: pair.to_owned(),
        }
    }
}

/// The code in a one-time link.
pub(crate) fn code_in(link: &str) -> String {
    let (_, code) = link.split_once("?code=").unwrap();
    code.to_owned()
}

impl Server {
    /// A request as a page of the console sends it, without a session.
    pub(crate) fn page(&self, method: Method, path: &str, body: &Value) -> RequestBuilder {
        let request = http().request(method, self.url(path));
        let request = request.header(ORIGIN, self.url(""));
        if body.is_null() {
            request
        } else {
            request.body(body.to_string())
        }
    }

    pub(crate) async fn page_posts(&self, path: &str, body: Value) -> Reply {
        send(self.page(Method::POST, path, &body)).await.unwrap()
    }

    /// What somebody's console asks or says.
    pub(crate) async fn by(&self, who: &Person, method: Method, path: &str, body: Value) -> Reply {
        let request = self.page(method, path, &body).header(COOKIE, &who.cookie);
        send(request).await.unwrap()
    }

    pub(crate) async fn reads(&self, who: &Person, path: &str) -> Reply {
        self.by(who, Method::GET, path, Value::Null).await
    }

    /// The code of the link that the start has printed.
    pub(crate) async fn setup_code(&self) -> String {
        let line = until("the start prints a link", async || {
            let said = self.home().read_said();
            let line = said
                .lines()
                .find(|line| line.contains("/console/setup?code="));
            line.map(str::to_owned)
        });
        code_in(&line.await)
    }

    /// The first administrator of all sites.
    pub(crate) async fn administrator(&self) -> Person {
        let body = json!({
            "code": self.setup_code().await, "email": "noor@shop.example", "name": "Noor",
            "password": PASSWORD,
        });
        Person::of(&self.page_posts("/v1/setup", body).await)
    }

    /// Invites somebody; returns the answer.
    pub(crate) async fn invites(&self, admin: &Person, email: &str, roles: Value) -> Value {
        let body = json!({"email": email, "name": email, "roles": roles});
        let reply = self.by(admin, Method::POST, "/v1/users", body).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        reply.json()
    }

    /// Somebody with these roles, who has taken the invitation.
    pub(crate) async fn person(&self, admin: &Person, email: &str, roles: Value) -> Person {
        let invited = self.invites(admin, email, roles).await;
        let code = code_in(invited["link"].as_str().unwrap());
        let body = json!({"code": code, "password": PASSWORD});
        Person::of(&self.page_posts("/v1/join", body).await)
    }

    pub(crate) async fn signs_in(&self, email: &str, password: &str) -> Reply {
        let body = json!({"email": email, "password": password});
        self.page_posts("/v1/session", body).await
    }

    /// A token with these scopes.
    pub(crate) async fn token(&self, admin: &Person, site: &str, scopes: Value) -> Value {
        let body = json!({"name": "a program", "site": site, "scopes": scopes});
        let reply = self.by(admin, Method::POST, "/v1/tokens", body).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        reply.json()
    }
}
