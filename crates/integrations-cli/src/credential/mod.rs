//! Connections and secrets: made, looked at, renewed, ended; and the store that they are in.

mod connect;
mod connections;
mod loopback;
mod secrets;
mod store;

use std::path::{Path, PathBuf};

use integrations::credential::sealed::SealedFileStore;

use crate::output::Output;
use crate::{Failure, Outcome, open};

pub(crate) use connect::Args as ConnectArgs;
pub(crate) use connections::Command as ConnectionsCommand;
pub(crate) use secrets::Command as CredentialsCommand;

/// Where credentials are kept, and the keys that seal them.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Place {
    /// The folder of sealed credentials. Without it: $INTEGRATIONS_CREDENTIALS, or
    /// integrations/credentials in the user's data folder.
    #[arg(long, value_name = "FOLDER", env = "INTEGRATIONS_CREDENTIALS")]
    store: Option<PathBuf>,
    /// The file of sealing keys. Without it: the keys in $INTEGRATIONS_SEALING_KEYS, the file that
    /// $INTEGRATIONS_SEALING_KEY_FILE names, or integrations/sealing.keys in the user's
    /// configuration folder.
    #[arg(long, value_name = "FILE", env = "INTEGRATIONS_SEALING_KEY_FILE")]
    key_file: Option<PathBuf>,
}

/// Signs in at a provider, and keeps the connection.
pub(crate) async fn connect(args: ConnectArgs, file: Option<&Path>, output: &Output) -> Outcome {
    let manager = open(file, [args.name.clone()]).await?;
    connect::run(args, &manager, output).await
}

/// Works with connections.
pub(crate) async fn connections(
    command: ConnectionsCommand,
    file: Option<&Path>,
    output: &Output,
) -> Outcome {
    connections::run(command, file, output).await
}

/// Works with secrets and the store.
pub(crate) async fn credentials(command: CredentialsCommand, output: &Output) -> Outcome {
    secrets::run(command, output).await
}

/// The usual store, where there is one: what commands take secrets from.
pub(crate) async fn usual() -> Result<Option<SealedFileStore>, Failure> {
    let named = |variable: &str| {
        let value = std::env::var_os(variable).filter(|value| !value.is_empty());
        value.map(PathBuf::from)
    };
    let place = Place {
        store: named("INTEGRATIONS_CREDENTIALS"),
        key_file: named("INTEGRATIONS_SEALING_KEY_FILE"),
    };
    // Nobody without a home folder has one there.
    match place.folder() {
        Ok(folder) if folder.exists() => place.open().await.map(Some),
        _ => Ok(None),
    }
}

/// An id that was typed.
fn id(text: &str) -> Result<integrations::credential::ConnectionId, Failure> {
    integrations::credential::ConnectionId::new(text).map_err(Failure::from)
}
