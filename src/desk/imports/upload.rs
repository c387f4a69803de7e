//! `POST /desk/{authority}/imports`: a list is brought.

use axum::extract::multipart::{Field, MultipartError, MultipartRejection};
use axum::extract::{Multipart, Path, State};
use axum::response::Response;

use super::super::reason::reason_of;
use super::super::{Desk, Manager, PATH, SHOWN_IN};
use super::file::{UploadFault, look};
use super::store::{self, Inserted};
use super::{ListId, ListState, MOST_LIST_BYTES, MOST_WAITING, PeopleList};
use crate::audit::{self, Actor, Event};
use crate::config::Rank;
use crate::kit::page::see_other;
use crate::kit::problem::Problem;
use crate::kit::visitor::Visitor;

/// How much of a file is one sealed part.
const PART: usize = 256 * 1024;
/// The longest field of the form beside the file, in bytes.
const LONGEST_FIELD: usize = 2_000;
/// The longest name of a file that is kept, in characters.
const LONGEST_NAME: usize = 100;

/// What a form brings.
#[derive(Default)]
struct Brought {
    session: String,
    form: String,
    reason: String,
    name: String,
    bytes: Vec<u8>,
}

/// Why a form cannot be read.
enum Unread {
    /// The file is larger than a list may be.
    TooLarge,
    /// It is not the form that was shown, or was cut off.
    Garbled,
}

impl From<MultipartError> for Unread {
    fn from(_: MultipartError) -> Self {
        Self::Garbled
    }
}

/// Takes a list in, unless it is none; what it would do is found out beside.
pub async fn bring(
    State(desk): State<Desk>,
    visitor: Visitor,
    Path(authority): Path<String>,
    form: Result<Multipart, MultipartRejection>,
) -> Response {
    let path = format!("{PATH}/{authority}/imports");
    // Who it is, before anything of the body is read.
    let manager = match desk.ranked(&visitor, (&authority, Rank::Manager), &path).await {
        Ok(manager) => manager,
        Err(answer) => return *answer,
    };
    let Ok(_place) = desk.0.uploads.clone().try_acquire_owned() else {
        return desk.problem(&visitor, Problem::Busy);
    };
    let Ok(form) = form else { return desk.problem(&visitor, Problem::BadRequest) };
    let brought = match read(form, manager.sid().as_str()).await {
        Ok(brought) => brought,
        Err(Unread::TooLarge) => {
            return desk.imports_page(&visitor, &manager, "", Some(UploadFault::TooLarge)).await;
        }
        Err(Unread::Garbled) => return desk.problem(&visitor, Problem::BadRequest),
    };
    if brought.session != manager.sid().as_str() {
        return see_other(&path, &[]);
    }
    let typed = brought.reason.clone();
    match desk.keep(&manager, brought).await {
        Ok(Ok(id)) => {
            desk.0.wanted.notify_one();
            see_other(&manager.path(&format!("/imports/{id}")), &[])
        }
        Ok(Err(fault)) => desk.imports_page(&visitor, &manager, &typed, Some(fault)).await,
        Err(error) => desk.broken(&visitor, &error),
    }
}

/// Reads the form; of one shown in another session nothing more is read.
async fn read(mut form: Multipart, session: &str) -> Result<Brought, Unread> {
    let mut brought = Brought::default();
    while let Some(field) = form.next_field().await? {
        match field.name().unwrap_or_default() {
            SHOWN_IN => {
                brought.session = text(field).await?;
                if brought.session != session {
                    return Ok(brought);
                }
            }
            "form" => brought.form = text(field).await?,
            "reason" => brought.reason = text(field).await?,
            "file" if brought.session == session => {
                brought.name = name_of(field.file_name().unwrap_or_default());
                brought.bytes = bytes(field, MOST_LIST_BYTES).await?.ok_or(Unread::TooLarge)?;
            }
            // The page sends no others, and the session first.
            _ => return Err(Unread::Garbled),
        }
    }
    Ok(brought)
}

async fn text(field: Field<'_>) -> Result<String, Unread> {
    let bytes = bytes(field, LONGEST_FIELD).await?.ok_or(Unread::Garbled)?;
    String::from_utf8(bytes).ok().filter(|text| !text.contains('\0')).ok_or(Unread::Garbled)
}

/// What a field holds; `None` when that is more than it may.
async fn bytes(mut field: Field<'_>, most: usize) -> Result<Option<Vec<u8>>, Unread> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await? {
        if bytes.len() + chunk.len() > most {
            return Ok(None);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Some(bytes))
}

/// The name of a file without the folders that some browsers tell, fit to be shown.
fn name_of(told: &str) -> String {
    let last = told.rsplit(['/', '\\']).next().unwrap_or_default();
    last.chars().filter(|letter| !letter.is_control()).take(LONGEST_NAME).collect()
}

impl Desk {
    /// Keeps a list, sealed; one that is sent twice is kept once.
    async fn keep(&self, manager: &Manager, brought: Brought) -> sqlx::Result<Result<ListId, UploadFault>> {
        let Some(reason) = reason_of(Some(&brought.reason)) else { return Ok(Err(UploadFault::Reason)) };
        let id = ListId::from(Self::made_by(manager, &brought.form).unwrap_or_else(|| self.0.rng.id()));
        let Brought { name, bytes, .. } = brought;
        let (columns, room, sealed_for) = (self.0.columns.clone(), self.clone(), id.clone());
        let size = bytes.len() as u64;
        let looked = tokio::task::spawn_blocking(move || {
            let lines = look(&bytes, &columns)?;
            let parts: Vec<String> = (0_u64..)
                .zip(bytes.chunks(PART))
                .map(|(place, part)| {
                    room.0.lists.seal(&room.0.rng, context(&sealed_for, place).as_bytes(), part)
                })
                .collect();
            Ok((lines, parts))
        });
        let (lines, parts) = match looked.await.map_err(|_| sqlx::Error::WorkerCrashed)? {
            Ok(looked) => looked,
            Err(fault) => return Ok(Err(fault)),
        };
        let list = PeopleList {
            id: id.clone(),
            authority: manager.authority().id.clone(),
            name,
            reason: reason.clone(),
            brought_by: manager.account().id.clone(),
            brought_at: self.0.clock.now(),
            bytes: size,
            lines,
            state: ListState::Foreseeing,
            done_line: 0,
            start: None,
            ended_at: None,
            fault: None,
        };
        let mut transaction = self.0.database.write().await?;
        match store::insert(&mut transaction, &list, MOST_WAITING).await? {
            Inserted::Now => {}
            // Sent twice.
            Inserted::Before => return Ok(Ok(id)),
            Inserted::TooMany => return Ok(Err(UploadFault::TooManyWaiting)),
        }
        for (place, part) in (0_i64..).zip(&parts) {
            store::insert_part(&mut transaction, &id, place, part).await?;
        }
        let actor = Actor::Manager(manager.acting(&reason));
        let event = (Event::ListBrought, id.as_str());
        let (now, within) = (self.0.clock.now(), &manager.authority().id);
        audit::record_under(&mut transaction, &self.0.rng, now, within, (None, &actor), event).await?;
        transaction.commit().await?;
        Ok(Ok(id))
    }

    /// The file of a list, as it was brought; `None` when it is gone, or was sealed with another master key.
    pub(super) async fn file_of(&self, id: &ListId) -> sqlx::Result<Option<Vec<u8>>> {
        let parts = store::parts(&mut *self.0.database.read().await?, id).await?;
        let mut bytes = Vec::new();
        for (place, sealed) in (0_u64..).zip(&parts) {
            match self.0.lists.open(context(id, place).as_bytes(), sealed) {
                Some(part) => bytes.extend_from_slice(&part),
                None => return Ok(None),
            }
        }
        Ok(Some(bytes).filter(|bytes| !bytes.is_empty()))
    }
}

/// What a part is sealed for: its list and its place there.
fn context(id: &ListId, place: u64) -> String {
    format!("{id} {place}")
}
