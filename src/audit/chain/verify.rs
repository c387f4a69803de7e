//! Whether a chain holds, and where it does not.

use super::{AuthorityName, Chain, Place, store};
use crate::database::Connection;
use crate::kit::clock::Timestamp;

/// How many events are read at once.
const PAGE: i64 = 2_000;

/// What was found of one authority's chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Whose.
    pub authority: AuthorityName,
    /// How many events fit, from the first on.
    pub fitting: u64,
    /// The last event that retention removed; zero for none.
    pub removed_until: i64,
    /// The chain's last event: to be noted elsewhere, and expected at the next time.
    pub last: Option<Place>,
    /// How many events wait for their place, and since when the first of them.
    pub waiting: (i64, Option<Timestamp>),
    /// The first place that does not fit.
    pub fault: Option<Fault>,
    /// What became of the place that was expected.
    pub expected: Expected,
}

/// What does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The chain's own row is not as Guichet wrote it.
    HeadAltered,
    /// There are events with a place, and no row of their chain.
    HeadMissing,
    /// No event stands at this place.
    Missing(i64),
    /// The event at this place is not what was sealed there: changed, moved, or in the place of another.
    Altered(i64),
    /// An event stands at a place that the chain has filled otherwise, removed, or never given.
    Inserted(i64),
    /// The place that was noted elsewhere has another seal now, or is beyond the chain's end.
    NotAsNoted(i64),
}

/// What became of a place that was noted earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// None was given.
    Nothing,
    /// It is as it was noted.
    Found,
    /// Retention removed it meanwhile.
    Removed,
    /// It is not so: see the fault.
    NotFound,
}

impl Fault {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::HeadAltered => "head-altered",
            Self::HeadMissing => "head-missing",
            Self::Missing(_) => "missing",
            Self::Altered(_) => "altered",
            Self::Inserted(_) => "inserted",
            Self::NotAsNoted(_) => "not-as-noted",
        }
    }

    /// At which place.
    #[must_use]
    pub const fn place(self) -> Option<i64> {
        match self {
            Self::HeadAltered | Self::HeadMissing => None,
            Self::Missing(seq) | Self::Altered(seq) | Self::Inserted(seq) | Self::NotAsNoted(seq) => {
                Some(seq)
            }
        }
    }
}

impl Chain {
    /// Every authority of which something happened.
    pub async fn authorities(&self) -> sqlx::Result<Vec<AuthorityName>> {
        store::all(&mut *self.0.database.read().await?).await
    }

    /// Goes through the whole chain of an authority, as it is at one moment.
    pub async fn verify(&self, authority: &AuthorityName, noted: Option<&Place>) -> sqlx::Result<Report> {
        let mut snapshot = self.0.database.snapshot().await?;
        let waiting = store::waiting_of(&mut snapshot, authority).await?;
        let mut report = Report {
            authority: authority.clone(),
            fitting: 0,
            removed_until: 0,
            last: None,
            waiting,
            fault: None,
            expected: if noted.is_some() { Expected::NotFound } else { Expected::Nothing },
        };
        report.fault = self.first_fault(&mut snapshot, noted, &mut report).await?;
        Ok(report)
    }

    async fn first_fault(
        &self,
        snapshot: &mut Connection,
        noted: Option<&Place>,
        report: &mut Report,
    ) -> sqlx::Result<Option<Fault>> {
        let authority = report.authority.clone();
        let not_as_noted = noted.map(|place| Fault::NotAsNoted(place.seq));
        let Some((head, mac)) = store::find(snapshot, &authority).await? else {
            let is_lost = store::is_anything_sealed(snapshot, &authority).await?;
            return Ok(if is_lost { Some(Fault::HeadMissing) } else { not_as_noted });
        };
        if !self.0.seals.fits_head(&authority, &head, &mac) {
            return Ok(Some(Fault::HeadAltered));
        }
        report.last = Some(head.last.clone());
        report.removed_until = head.anchor.seq;
        if let Some(place) = noted {
            report.expected = expected_at(place, &head.anchor);
        }
        if let Some(seq) = store::first_until(snapshot, &authority, head.anchor.seq).await? {
            return Ok(Some(Fault::Inserted(seq)));
        }
        let mut reached = head.anchor.clone();
        loop {
            // The last one is read again, so that a second event at its place is met.
            let again = usize::from(report.fitting > 0);
            let behind = if again == 0 { reached.seq } else { reached.seq - 1 };
            let events = store::from_place(snapshot, &authority, behind, PAGE).await?;
            if events.len() <= again {
                break;
            }
            for event in events.iter().skip(again) {
                let due = reached.seq + 1;
                if event.place.seq != due {
                    let is_gap = event.place.seq > due && due <= head.last.seq;
                    return Ok(Some(if is_gap {
                        Fault::Missing(due)
                    } else {
                        Fault::Inserted(event.place.seq)
                    }));
                }
                if due > head.last.seq {
                    return Ok(Some(Fault::Inserted(due)));
                }
                let fitting = self.0.seals.seal(&authority, &reached, &event.link);
                if fitting != event.place {
                    return Ok(Some(Fault::Altered(due)));
                }
                if noted == Some(&fitting) {
                    report.expected = Expected::Found;
                }
                reached = fitting;
                report.fitting += 1;
            }
        }
        if reached.seq < head.last.seq {
            return Ok(Some(Fault::Missing(reached.seq + 1)));
        }
        if reached != head.last {
            return Ok(Some(Fault::HeadAltered));
        }
        Ok(not_as_noted.filter(|_| report.expected == Expected::NotFound))
    }
}

/// What is known of a noted place before the events are read.
fn expected_at(noted: &Place, anchor: &Place) -> Expected {
    match noted.seq.cmp(&anchor.seq) {
        std::cmp::Ordering::Less => Expected::Removed,
        std::cmp::Ordering::Equal if noted == anchor => Expected::Found,
        _ => Expected::NotFound,
    }
}
