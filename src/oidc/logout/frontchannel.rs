//! The front channel (`OpenID` Connect Front-Channel Logout §2): a frame for each client that listens there, in the
//! page that says goodbye.

use url::Url;

use super::super::Provider;
use super::super::clients::Client;
use super::store;
use crate::signin::Sid;

/// What a frame shows.
pub struct Frame {
    /// The client's logout address, with issuer and session where it wants them.
    pub address: String,
    /// Its origin, for `frame-src`.
    pub origin: String,
}

impl Provider {
    /// The frames that tell the clients of a session, asked before it ends.
    pub(in crate::oidc) async fn frames_of(&self, sid: &Sid) -> sqlx::Result<Vec<Frame>> {
        let taking_part = store::taking_part(&mut *self.0.database.read().await?, sid).await?;
        let mut frames = Vec::new();
        for id in taking_part {
            let client = self.0.clients.find(id.as_str()).await?;
            frames.extend(client.and_then(|client| self.frame(&client, sid)));
        }
        Ok(frames)
    }

    fn frame(&self, client: &Client, sid: &Sid) -> Option<Frame> {
        let channel = client.settings.frontchannel_logout.as_ref()?;
        let mut address: Url = channel.uri.clone();
        if channel.session_required {
            let sid = self.sid_for(client, sid);
            address.query_pairs_mut().append_pair("iss", &self.0.issuer).append_pair("sid", &sid);
        }
        Some(Frame { origin: address.origin().ascii_serialization(), address: address.into() })
    }
}
