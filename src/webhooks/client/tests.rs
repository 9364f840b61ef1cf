//! Where a client goes, and where it does not.

use super::*;

/// A client for whom every name is at these addresses.
fn client(addresses: &[&str]) -> Client {
    let addresses: Vec<SocketAddr> = addresses.iter().map(|at| at.parse().unwrap()).collect();
    let resolve = move |_: String, _: u16| -> Resolved {
        let addresses = addresses.clone();
        Box::pin(async move { Ok(addresses) })
    };
    Client::resolving(false, Arc::new(resolve))
}

async fn addresses(client: &Client, url: &str) -> Result<Vec<SocketAddr>, CallError> {
    client.addresses(&Url::parse(url).unwrap()).await
}

#[tokio::test]
async fn a_name_that_leads_inside_is_not_called() {
    let public = "93.184.216.34:443";
    let found = addresses(&client(&[public]), "https://crm.example/").await;
    assert_eq!(found, Ok(vec![public.parse().unwrap()]));
    for inside in [
        "127.0.0.1:443",
        "169.254.169.254:80",
        "[::1]:443",
        "[fd00:ec2::254]:80",
        "[::ffff:10.0.0.1]:443",
    ] {
        // Also if only one of its addresses does.
        let found = addresses(&client(&[public, inside]), "https://crm.example/").await;
        let at = inside.parse::<SocketAddr>().unwrap().ip();
        let host = "crm.example".to_owned();
        assert_eq!(found, Err(CallError::Private { host, address: at }));
    }
}

#[tokio::test]
async fn an_address_itself_is_looked_at_and_never_resolved() {
    let client = client(&["93.184.216.34:443"]);
    for inside in [
        "https://127.0.0.1/",
        "https://[::1]:8443/",
        "https://10.9.8.7/",
    ] {
        let found = addresses(&client, inside).await;
        assert!(matches!(found, Err(CallError::Private { .. })), "{found:?}");
    }
}

#[tokio::test]
async fn a_name_that_changes_its_mind_is_looked_at_each_time() {
    let turns = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = Arc::clone(&turns);
    let resolve = move |_: String, _: u16| -> Resolved {
        let turn = counted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let at = if turn == 0 {
            "93.184.216.34:443"
        } else {
            "127.0.0.1:443"
        };
        Box::pin(async move { Ok(vec![at.parse().unwrap()]) })
    };
    let client = Client::resolving(false, Arc::new(resolve));
    assert!(addresses(&client, "https://crm.example/").await.is_ok());
    let again = addresses(&client, "https://crm.example/").await;
    assert!(matches!(again, Err(CallError::Private { .. })), "{again:?}");
    // What was looked at is what is connected to: one call resolves once.
    assert_eq!(turns.load(std::sync::atomic::Ordering::Relaxed), 2);
}
