//! What applications read first: what there is, and what it can do (RFC 7644 §4). Anybody may.

use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};

use super::error::ScimError;
use super::schema::{self, EXTENSION, USER};
use super::{Scim, bulk, reply, search};
use crate::kit::visitor::Visitor;

const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// `GET /ServiceProviderConfig`
pub async fn configuration(State(scim): State<Scim>, visitor: Visitor) -> Result<Response, ScimError> {
    refuse_filter(&visitor)?;
    let document = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": { "supported": true },
        "bulk": {
            "supported": true,
            "maxOperations": bulk::MOST_OPERATIONS,
            "maxPayloadSize": scim.0.most_body_bytes,
        },
        "filter": { "supported": true, "maxResults": search::MOST },
        "changePassword": { "supported": false },
        "sort": { "supported": false },
        "etag": { "supported": true },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "OAuth 2.0 access token",
            "description": "An access token of client credentials with the scope scim, for this API as its resource.",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
            "primary": true,
        }],
        "meta": { "resourceType": "ServiceProviderConfig", "location": scim.at("/ServiceProviderConfig") },
    });
    Ok(reply::json(StatusCode::OK, &document))
}

/// `GET /ResourceTypes`
pub async fn resource_types(State(scim): State<Scim>, visitor: Visitor) -> Result<Response, ScimError> {
    refuse_filter(&visitor)?;
    Ok(list(&[scim.user_type()]))
}

/// `GET /ResourceTypes/{id}`
pub async fn resource_type(State(scim): State<Scim>, Path(id): Path<String>) -> Result<Response, ScimError> {
    if id != "User" {
        return Err(ScimError::nobody());
    }
    Ok(reply::json(StatusCode::OK, &scim.user_type()))
}

/// `GET /Schemas`
pub async fn schemas(State(scim): State<Scim>, visitor: Visitor) -> Result<Response, ScimError> {
    refuse_filter(&visitor)?;
    Ok(list(&schema::documents().map(|(id, document)| scim.located(id, document))))
}

/// `GET /Schemas/{id}`
pub async fn schema(State(scim): State<Scim>, Path(id): Path<String>) -> Result<Response, ScimError> {
    let found = schema::documents().into_iter().find(|(known, _)| known.eq_ignore_ascii_case(&id));
    let (id, document) = found.ok_or_else(ScimError::nobody)?;
    Ok(reply::json(StatusCode::OK, &scim.located(id, document)))
}

/// Nothing is filtered here (RFC 7644 §4).
fn refuse_filter(visitor: &Visitor) -> Result<(), ScimError> {
    match visitor.query.get("filter") {
        None => Ok(()),
        Some(_) => Err(ScimError::new(StatusCode::FORBIDDEN, "nothing is filtered here")),
    }
}

fn list(resources: &[Value]) -> Response {
    let answer = json!({
        "schemas": [LIST],
        "totalResults": resources.len(),
        "startIndex": 1,
        "itemsPerPage": resources.len(),
        "Resources": resources,
    });
    reply::json(StatusCode::OK, &answer)
}

impl Scim {
    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.0.base)
    }

    fn user_type(&self) -> Value {
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
            "id": "User",
            "name": "User",
            "endpoint": "/Users",
            "description": "A person who serves in exams, of the authority of the application.",
            "schema": USER,
            "schemaExtensions": [{ "schema": EXTENSION, "required": false }],
            "meta": { "resourceType": "ResourceType", "location": self.at("/ResourceTypes/User") },
        })
    }

    fn located(&self, id: &str, mut document: Value) -> Value {
        document["meta"] =
            json!({ "resourceType": "Schema", "location": self.at(&format!("/Schemas/{id}")) });
        document
    }
}
