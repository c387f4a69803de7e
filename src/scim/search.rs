//! People found by a filter, page by page (RFC 7644 §3.4.2, §3.4.3).

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value, json};
use tokio::task::yield_now;

use super::access::Asking;
use super::error::{ScimError, ScimType};
use super::filter::{Filter, Key};
use super::json::{self, member, require_schema};
use super::projection::Projection;
use super::{Scim, reply, user};
use crate::accounts::{AccountId, Card, Jurisdiction, LookupKey, Sought};
use crate::kit::parameters::Parameters;
use crate::kit::visitor::Visitor;

/// What a search calls itself.
pub const MESSAGE: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
const ANSWER: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// How many people one page holds at most.
pub const MOST: i64 = 200;
/// How many it holds when nobody says.
const USUAL: i64 = 100;
/// How many people are looked at one by one for a filter that no index answers.
const MOST_CANDIDATES: i64 = 10_000;
/// How many such searches one application may have under way at a node.
const MOST_SEARCHES: usize = 2;
/// How many of them at a time.
const BATCH: i64 = 500;
/// After how many of those whoever else has something to do has their turn.
const WITHOUT_REST: usize = 25;

/// What is sought.
#[derive(Debug)]
struct Search {
    filter: Option<Filter>,
    /// The place of the first on the page, from 1.
    start: i64,
    /// How many the page holds.
    count: i64,
    projection: Projection,
}

/// A page of what was found.
struct Page {
    total: i64,
    cards: Vec<Card>,
}

/// `GET /Users`
pub async fn by_query(
    State(scim): State<Scim>,
    asking: Asking,
    visitor: Visitor,
) -> Result<Response, ScimError> {
    let search = Search::of_query(&visitor.query)?;
    scim.search(&asking, &search).await
}

/// `POST /Users/.search`, `POST /.search`
pub async fn by_message(
    State(scim): State<Scim>,
    asking: Asking,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ScimError> {
    let search = Search::of_message(&json::read(&headers, &body)?)?;
    scim.search(&asking, &search).await
}

impl Search {
    fn of_query(query: &Parameters) -> Result<Self, ScimError> {
        let number = |name: &str| -> Result<Option<i64>, ScimError> {
            let whole =
                |text: &str| text.parse().map_err(|_| wrong(format!("{name} must be a whole number")));
            query.get(name).map(whole).transpose()
        };
        check_order(query.get("sortBy"), query.get("sortOrder"))?;
        Self::new(
            query.get("filter"),
            (number("startIndex")?, number("count")?),
            Projection::of(query.get("attributes"), query.get("excludedAttributes"))?,
        )
    }

    fn of_message(message: &Map<String, Value>) -> Result<Self, ScimError> {
        require_schema(message, MESSAGE)?;
        let text = |name: &str| match member(message, name)? {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str())),
            Some(_) => Err(wrong(format!("{name} must be a text"))),
        };
        let number = |name: &str| match member(message, name)? {
            None => Ok(None),
            Some(value) => {
                value.as_i64().map(Some).ok_or_else(|| wrong(format!("{name} must be a whole number")))
            }
        };
        let names = |name: &str| match member(message, name)? {
            None => Ok(Vec::new()),
            Some(Value::Array(names)) => {
                let names = names.iter().map(Value::as_str).collect::<Option<Vec<_>>>();
                names.ok_or_else(|| wrong(format!("{name} must be a list of names")))
            }
            Some(_) => Err(wrong(format!("{name} must be a list of names"))),
        };
        check_order(text("sortBy")?, text("sortOrder")?)?;
        Self::new(
            text("filter")?,
            (number("startIndex")?, number("count")?),
            Projection::of(names("attributes")?, names("excludedAttributes")?)?,
        )
    }

    fn new(
        filter: Option<&str>,
        (start, count): (Option<i64>, Option<i64>),
        projection: Projection,
    ) -> Result<Self, ScimError> {
        let filter = filter.filter(|text| !text.trim().is_empty());
        Ok(Self {
            filter: filter.map(Filter::parse).transpose()?,
            // What is less than it can be counts as the least (RFC 7644 §3.4.2.4).
            start: start.unwrap_or(1).max(1),
            count: count.unwrap_or(USUAL).clamp(0, MOST),
            projection,
        })
    }
}

/// People come in the order of their ids, and in no other.
fn check_order(by: Option<&str>, order: Option<&str>) -> Result<(), ScimError> {
    let is_ours = by.is_none_or(|by| by.eq_ignore_ascii_case("id"))
        && order.is_none_or(|order| order.eq_ignore_ascii_case("ascending"));
    if is_ours { Ok(()) } else { Err(wrong("people come in the ascending order of their ids only")) }
}

fn wrong(detail: impl Into<std::borrow::Cow<'static, str>>) -> ScimError {
    ScimError::bad(ScimType::InvalidValue, detail)
}

impl Scim {
    async fn search(&self, asking: &Asking, search: &Search) -> Result<Response, ScimError> {
        let people = asking.jurisdiction(self);
        let page = match &search.filter {
            None => everybody(&people, search).await?,
            Some(filter) => match filter.keys() {
                Some(keys) => self.known(&people, filter, &keys, search).await?,
                None => self.among_all(asking, filter, search).await?,
            },
        };
        people.note_search(&asking.acting(), page.cards.len()).await?;
        let told: Vec<_> = page.cards.iter().map(|card| self.tell(card, &search.projection)).collect();
        let mut answer = json!({
            "schemas": [ANSWER],
            "totalResults": page.total,
            "startIndex": search.start,
            "itemsPerPage": told.len(),
        });
        if !told.is_empty() {
            answer["Resources"] = told.into_iter().map(Value::Object).collect();
        }
        Ok(reply::json(StatusCode::OK, &answer))
    }

    /// Those whom the keys of a filter name and the whole of it lets through.
    async fn known(
        &self,
        people: &Jurisdiction,
        filter: &Filter,
        keys: &[Key],
        search: &Search,
    ) -> Result<Page, ScimError> {
        let sought: Vec<Sought> = keys.iter().map(sought).collect();
        let mut found = people.cards_of(&sought).await?;
        found.retain(|card| self.lets_through(filter, card));
        Ok(Page { total: length(&found), cards: window(found, search) })
    }

    /// Those whom a filter lets through of all that there are, where they are not too many to look at, and the
    /// application is not at it twice already.
    async fn among_all(&self, asking: &Asking, filter: &Filter, search: &Search) -> Result<Page, ScimError> {
        let _turn =
            self.0.searches.count(&[(asking.0.client.clone(), MOST_SEARCHES)]).ok_or_else(ScimError::busy)?;
        let people = asking.jurisdiction(self);
        if people.count(MOST_CANDIDATES + 1).await? > MOST_CANDIDATES {
            let detail = "no index answers this filter among so many people: compare id, userName, externalId or \
                          emails.value by eq";
            return Err(ScimError::bad(ScimType::TooMany, detail));
        }
        let mut found = Vec::new();
        let mut after: Option<AccountId> = None;
        loop {
            let batch = people.cards(after.as_ref(), 0, BATCH).await?;
            let Some(last) = batch.last() else { break };
            after = Some(last.account.id.clone());
            for (number, card) in batch.into_iter().enumerate() {
                if number % WITHOUT_REST == 0 {
                    yield_now().await;
                }
                if self.lets_through(filter, &card) {
                    found.push(card);
                }
            }
        }
        Ok(Page { total: length(&found), cards: window(found, search) })
    }

    fn lets_through(&self, filter: &Filter, card: &Card) -> bool {
        filter.matches(&user::render(card, &self.0.base, self.0.clock.now()))
    }
}

async fn everybody(people: &Jurisdiction, search: &Search) -> Result<Page, ScimError> {
    let total = people.count(i64::MAX).await?;
    let cards = match search.count {
        0 => Vec::new(),
        count => people.cards(None, search.start - 1, count).await?,
    };
    Ok(Page { total, cards })
}

fn window(found: Vec<Card>, search: &Search) -> Vec<Card> {
    let place = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
    found.into_iter().skip(place(search.start - 1)).take(place(search.count)).collect()
}

fn length(found: &[Card]) -> i64 {
    i64::try_from(found.len()).unwrap_or(i64::MAX)
}

fn sought(key: &Key) -> Sought {
    match key {
        Key::Id(id) => Sought::Id(AccountId::from(id.as_str())),
        Key::UserName(name) => Sought::Identifier(LookupKey::of(name)),
        Key::ExternalId(key) => Sought::SourceKey(key.clone()),
        Key::Email(address) => Sought::Email(address.clone()),
    }
}
