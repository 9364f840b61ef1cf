//! The site's recorded traffic as text.

use std::io::{self, BufWriter, Write};
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::Deserialize;
use tokio::sync::mpsc;
use utoipa::IntoParams;

use crate::access::Permission;
use crate::clock;
use crate::journal::{self, Part, StoreJournal};
use crate::secret;

use super::moment::moment;
use super::problem::{Kind, Problem};
use super::{App, guard};

/// Bytes of a piece of the answer.
const PIECE: usize = 64 << 10;
/// So many pieces wait for a client that reads slowly; then the reading waits too.
const MAX_PIECES: usize = 4;

/// Which part of the journal.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct JournalParams {
    /// From here on: a span before now (`7d`), a day, or milliseconds since the epoch.
    since: Option<String>,
    /// Up to here.
    until: Option<String>,
    /// Whether ids and texts that tell who visitors are get pseudonyms.
    pseudonymise: bool,
}

/// The site's records, one JSON object a line.
///
/// # Errors
///
/// The problem, when the token does not fit or a parameter is out of its bounds.
#[utoipa::path(get, path = "/v1/sites/{site}/journal", tag = "operators", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key"), JournalParams),
    responses(
        (status = 200, description = "One JSON object a line; broken off when the journal cannot be read",
            body = String, content_type = "application/x-ndjson"),
        (status = "4XX", description = "The request was refused", body = super::problem::ProblemBody)))]
pub async fn journal(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    params: Result<Query<JournalParams>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let caller = guard::admit(&app, &site, &headers, Permission::ReadJournal).await?;
    let site = caller.site;
    let Query(params) = params.map_err(|why| Problem::new(Kind::BadParameter, why.body_text()))?;
    let now = clock::now();
    let key = params.pseudonymise.then(secret::random).transpose();
    let part = Part {
        site: Some(site.key),
        since: moment("since", params.since.as_deref(), now)?,
        until: moment("until", params.until.as_deref(), now)?,
        pseudonyms: key.map_err(|why| Problem::new(Kind::Internal, why.to_string()))?,
    };
    let (pieces, said) = mpsc::channel(MAX_PIECES);
    tokio::task::spawn_blocking(move || {
        let out = BufWriter::with_capacity(PIECE, Pieces(pieces.clone()));
        let journal = StoreJournal(&*app.pipeline.store);
        if let Err(why) = journal::export(&journal, &part, out) {
            // The connection is cut, so that nobody takes a part for the whole.
            let _ = pieces.blocking_send(Err(io::Error::other(why.to_string())));
        }
    });
    let body = stream::unfold(said, |mut said: mpsc::Receiver<_>| async move {
        let piece: io::Result<Bytes> = said.recv().await?;
        Some((piece, said))
    });
    let kind = [
        (header::CONTENT_TYPE, "application/x-ndjson"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((kind, Body::from_stream(body)).into_response())
}

/// Hands what is written to the answer, piece by piece.
struct Pieces(mpsc::Sender<io::Result<Bytes>>);

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let piece = Bytes::copy_from_slice(bytes);
        let gone = |_| io::Error::from(io::ErrorKind::BrokenPipe);
        self.0.blocking_send(Ok(piece)).map_err(gone)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
