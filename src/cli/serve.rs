//! `guichet serve`

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::Failure;
use crate::config::Settings;
use crate::kit::clock::Clock;
use crate::kit::random::Rng;
use crate::server::listener::{Listener, ListenerSettings};
use crate::server::tls::Certificate;
use crate::server::{Installation, StartError, logs};

/// Serves until SIGTERM or SIGINT, then lets requests in progress finish.
pub async fn serve(settings: &Settings) -> Result<(), Failure> {
    logs::start(&settings.logs).map_err(|error| Failure::other(&error))?;
    start(settings).await.map_err(|error| Failure::other(&error))
}

async fn start(settings: &Settings) -> Result<(), StartError> {
    let certificate = settings.server.tls.as_ref().map(Certificate::load).transpose()?;
    // The address first: when it is taken, nothing else has been touched.
    let listener = Listener::bind(settings.server.listen).await?;
    let installation = Installation::assemble(settings, Clock::system(), Rng::system()).await?;
    tracing::info!(
        address = %listener.local_addr(),
        issuer = settings.server.issuer(),
        database = ?installation.database.engine(),
        "serving"
    );
    let listening = ListenerSettings::new(&settings.server, certificate);
    let stop = CancellationToken::new();
    let background = tokio::spawn(installation.background.run(stop.clone()));
    // Both end at the same time: requests in progress, and what is being done beside them.
    let asked = async {
        asked_to_stop().await;
        stop.cancel();
    };
    listener.serve(installation.front, &listening, asked).await;
    stop.cancel();
    drop(background.await);
    installation.database.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// Waits for SIGTERM or SIGINT.
pub async fn asked_to_stop() {
    let terminate = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = terminate => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
