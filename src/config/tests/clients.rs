//! The rules for clients.

use super::{GOOD_SECRET, only_fault, read_with};
use crate::config::{
    AuthorityId, ClientKeys, ClientSettings, Faults, GrantType, SigningAlgorithm, SubjectType,
    TokenEndpointAuthMethod,
};

/// A confidential client with more keys; what stands in `replaced` replaces its redirect URIs.
fn client(more: &str, redirect_uris: &str) -> Result<ClientSettings, Faults> {
    let text = format!(
        "[[clients]]\nclient_id = \"a\"\nclient_name = \"A\"\nclient_secret = \"{GOOD_SECRET}\"\n{redirect_uris}\n{more}\n"
    );
    read_with(&text).map(|settings| settings.clients.into_iter().next().unwrap())
}

const REDIRECT: &str = "redirect_uris = [\"https://a.example/cb\"]";

fn fault(more: &str) -> String {
    let faults = client(more, REDIRECT).unwrap_err();
    assert_eq!(faults.len(), 1, "{faults}");
    faults.to_string()
}

#[test]
fn a_client_left_plain_is_confidential_careful_and_asked_for_consent() {
    let client = client("", REDIRECT).unwrap();
    assert_eq!(client.token_endpoint_auth_method, TokenEndpointAuthMethod::ClientSecretBasic);
    assert_eq!(client.grant_types, [GrantType::AuthorizationCode]);
    assert_eq!(client.id_token_signed_response_alg, SigningAlgorithm::Rs256);
    assert_eq!(client.scope, ["openid"]);
    assert!(client.requests.require_pkce && !client.first_party);
    assert!(client.resources.is_empty() && client.default_max_age.is_none());
}

#[test]
fn every_member_is_taken() {
    let client = client(
        "token_endpoint_auth_method = \"client_secret_post\"\ngrant_types = [\"authorization_code\", \"refresh_token\"]\n\
         scope = \"openid  imagin openid\"\nid_token_signed_response_alg = \"ES256\"\ndefault_max_age = 0\nrequire_pkce = false\n\
         first_party = true\nresources = [\"https://api.example\"]\nonward_origins = [\"https://w.example\"]\n\
         client_uri = \"https://a.example/\"\npost_logout_redirect_uris = [\"https://a.example/bye\"]",
        REDIRECT,
    )
    .unwrap();
    assert_eq!(client.token_endpoint_auth_method, TokenEndpointAuthMethod::ClientSecretPost);
    assert_eq!(client.scope, ["openid", "imagin"]);
    assert_eq!(client.default_max_age, Some(0));
    assert!(!client.requests.require_pkce && client.first_party);
    assert_eq!(client.onward_origins, ["https://w.example"]);
}

#[test]
fn a_client_without_redirect_uri_cannot_be_used() {
    for redirect_uris in ["", "redirect_uris = []"] {
        let faults = client("", redirect_uris).unwrap_err();
        assert_eq!(faults.len(), 1, "{faults}");
        assert_eq!(faults.iter().next().unwrap().key(), "clients[0].redirect_uris");
    }
}

#[test]
fn each_wrong_redirect_uri_is_told_with_its_own_line() {
    let faults = client(
        "",
        "redirect_uris = [\n\"https://a.example/cb\",\n\"http://a.example/cb\",\n\"https://a.example/#\"]",
    )
    .unwrap_err();
    let told: Vec<_> = faults.iter().map(|fault| (fault.line(), fault.key().to_owned())).collect();
    assert_eq!(
        told,
        [
            (Some(19), "clients[0].redirect_uris[1]".to_owned()),
            (Some(20), "clients[0].redirect_uris[2]".to_owned())
        ]
    );
    assert!(client("", "redirect_uris = [\"https://a.example/cb\", \"https://a.example/cb\"]").is_err());
}

#[test]
fn wrong_members_are_faults() {
    for (more, start) in [
        ("scope = \"profile\"", "clients[0].scope: found \"profile\", expected openid"),
        ("scope = \"openid admin\"", "clients[0].scope: found \"admin\", expected scopes"),
        ("scope = [\"openid\"]", "clients[0].scope: found a list of 1, expected scopes in one text"),
        ("grant_types = [\"implicit\"]", "clients[0].grant_types[0]: found \"implicit\""),
        ("grant_types = [\"refresh_token\"]", "clients[0].grant_types: found"),
        (
            "id_token_signed_response_alg = \"none\"",
            "clients[0].id_token_signed_response_alg: found \"none\", expected \"RS256\", \"PS256\", \"ES256\" or \"EdDSA\"",
        ),
        ("id_token_signed_response_alg = \"HS256\"", "clients[0].id_token_signed_response_alg"),
        ("token_endpoint_auth_method = \"private_key\"", "clients[0].token_endpoint_auth_method"),
        ("default_max_age = -1", "clients[0].default_max_age: found -1"),
        ("require_pkce = \"no\"", "clients[0].require_pkce: found \"no\", expected true or false"),
        ("client_uri = \"http://a.example\"", "clients[0].client_uri"),
        ("onward_origins = [\"https://a.example/x\"]", "clients[0].onward_origins[0]"),
        ("post_logout_redirect_uris = [\"javascript:alert(1)\"]", "clients[0].post_logout_redirect_uris[0]"),
        ("resources = [\"api\"]", "clients[0].resources[0]"),
        ("resources = [\"https://api.example/a b\"]", "clients[0].resources[0]"),
        (
            "token_endpoint_auth_method = \"none\"",
            "clients[0].client_secret: found a key that does not belong here, expected none",
        ),
    ] {
        let fault = fault(more);
        assert!(fault.contains(start), "{fault}");
    }
}

#[test]
fn a_public_client_cannot_be_held_to_push_its_requests() {
    let text = format!(
        "[[clients]]\nclient_id = \"a\"\nclient_name = \"A\"\ntoken_endpoint_auth_method = \"none\"\n\
         require_pushed_authorization_requests = true\n{REDIRECT}\n"
    );
    let fault = only_fault(read_with(&text));
    assert!(fault.contains("clients[0].require_pushed_authorization_requests: found true"), "{fault}");
}

#[test]
fn a_public_client_cannot_waive_pkce() {
    let public =
        "[[clients]]\nclient_id = \"a\"\nclient_name = \"A\"\ntoken_endpoint_auth_method = \"none\"\n";
    let fault = only_fault(read_with(&format!("{public}{REDIRECT}\nrequire_pkce = false\n")));
    assert!(fault.starts_with("x.toml:18: clients[0].require_pkce: found false"), "{fault}");
    assert!(read_with(&format!("{public}{REDIRECT}\n")).is_ok());
}

#[test]
fn a_confidential_client_needs_a_secret() {
    let text = format!("[[clients]]\nclient_id = \"a\"\nclient_name = \"A\"\n{REDIRECT}\n");
    let fault = only_fault(read_with(&text));
    assert!(
        fault.starts_with("x.toml:13: clients[0].client_secret: missing, expected at least 32"),
        "{fault}"
    );
    assert!(fault.ends_with("or client_secret_file"), "{fault}");
}

#[test]
fn a_client_that_proves_itself_by_a_key_has_keys_and_no_secret() {
    const KEY: &str =
        "{ kty = \"OKP\", crv = \"Ed25519\", x = \"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\" }";
    let text = |more: &str| {
        format!(
            "[[clients]]\nclient_id = \"a\"\nclient_name = \"A\"\ntoken_endpoint_auth_method = \"private_key_jwt\"\n{REDIRECT}\n{more}\n"
        )
    };
    let read = |more: &str| read_with(&text(more));
    assert!(read("jwks_uri = \"https://a.example/jwks\"").is_ok());
    let settings = read(&format!("jwks = {{ keys = [{KEY}] }}")).unwrap();
    let ClientKeys::Inline(set) = &settings.clients[0].keys else { panic!("no keys") };
    assert_eq!(set["keys"][0]["crv"], "Ed25519");
    for (more, start) in [
        ("", "clients[0].jwks: missing"),
        ("jwks = { keys = [] }", "clients[0].jwks: found no keys"),
        (
            "jwks = { keys = [{ kty = \"OKP\", crv = \"Ed25519\", x = \"11\", d = \"x\" }] }",
            "clients[0].jwks: found a private key",
        ),
        ("jwks = { keys = [{ kty = \"oct\", k = \"AAAA\" }] }", "clients[0].jwks: found a private key"),
        ("jwks = \"{}\"", "clients[0].jwks: found no keys"),
        ("jwks_uri = \"http://a.example/jwks\"", "clients[0].jwks_uri"),
        ("jwks_uri = \"https://a.example/jwks\"\njwks = \"{}\"", "clients[0].jwks_uri: found both"),
        (
            "jwks_uri = \"https://a.example/jwks\"\nclient_secret = \"x\"",
            "clients[0].client_secret: found a key that does not belong here",
        ),
    ] {
        let fault = only_fault(read(more));
        assert!(fault.contains(start), "{fault}");
    }
}

#[test]
fn the_address_of_a_logout_is_https_without_fragment() {
    for key in ["backchannel_logout_uri", "frontchannel_logout_uri"] {
        for wrong in ["https://a.example/out#x", "http://a.example/out", "/out"] {
            let fault = fault(&format!("{key} = \"{wrong}\""));
            assert!(fault.contains(&format!("clients[0].{key}: found")), "{fault}");
        }
    }
    let kept = client("backchannel_logout_uri = \"https://a.example/out?from=b\"", REDIRECT).unwrap();
    assert_eq!(kept.backchannel_logout.unwrap().uri.as_str(), "https://a.example/out?from=b");
}

#[test]
fn a_frame_is_of_an_origin_to_which_codes_go() {
    let frame = |uri: &str, redirect_uris: &str| {
        client(&format!("frontchannel_logout_uri = \"{uri}\""), redirect_uris)
    };
    let own =
        "redirect_uris = [\"https://b.example/cb\", \"https://a.example/cb\", \"https://c.example:8443/cb\"]";
    for good in ["https://a.example/out?x=1", "https://b.example:443/out", "https://c.example:8443/"] {
        assert_eq!(
            frame(good, own).unwrap().frontchannel_logout.unwrap().uri.as_str(),
            good.replace(":443", "")
        );
    }
    for wrong in [
        "https://a.example:8443/out",
        "https://c.example/out",
        "https://out.a.example/",
        "http://127.0.0.1/out",
    ] {
        let fault = frame(wrong, own).unwrap_err().to_string();
        assert!(fault.contains("clients[0].frontchannel_logout_uri: found"), "{fault}");
    }
    // Scheme and port count on loopback too, where http is possible.
    let local = "redirect_uris = [\"http://127.0.0.1:9000/cb\"]";
    assert!(frame("http://127.0.0.1:9000/out", local).is_ok());
    assert!(frame("http://127.0.0.1:9001/out", local).is_err());
}

#[test]
fn a_pairwise_client_has_one_sector() {
    let two = "redirect_uris = [\"https://a.example/cb\", \"https://b.example/cb\"]";
    let sector = |more: &str, redirect_uris| {
        client(&format!("subject_type = \"pairwise\"\n{more}"), redirect_uris)
            .map(|client| client.subject_type)
    };
    let named = |sector: &str| SubjectType::Pairwise { sector: sector.to_owned() };
    assert_eq!(sector("", REDIRECT).unwrap(), named("a.example"));
    let uri = "sector_identifier_uri = \"https://s.example/sector.json\"";
    assert_eq!(sector(uri, two).unwrap(), named("s.example"));
    assert!(sector("", two).unwrap_err().to_string().contains("several hosts"));
    // Whoever writes a host into one of these is not therefore its owner.
    for (more, redirect_uris) in [
        ("", "redirect_uris = [\"fr.evil.app://a.example/cb\"]"),
        ("", "redirect_uris = [\"https://a.example/cb\", \"fr.evil.app://a.example/cb\"]"),
        ("", "redirect_uris = [\"http://127.0.0.1/cb\"]"),
        (
            "grant_types = [\"authorization_code\", \"urn:ietf:params:oauth:grant-type:device_code\"]",
            REDIRECT,
        ),
    ] {
        let fault = sector(more, redirect_uris).unwrap_err().to_string();
        assert!(fault.contains("of native applications"), "{fault}");
        assert!(sector(&format!("{more}\n{uri}"), redirect_uris).is_ok(), "{redirect_uris}");
    }
}

#[test]
fn a_name_is_short_and_reads_as_it_is_written() {
    let named = |name: &str| {
        let text = format!(
            "[[clients]]\nclient_id = \"a\"\nclient_name = {{ fr = \"A\", en = \"{name}\" }}\nclient_secret = \"{GOOD_SECRET}\"\n{REDIRECT}\n"
        );
        read_with(&text)
    };
    assert!(named(&"é".repeat(200)).is_ok());
    for name in [&"é".repeat(201), "bank\u{202e}elpmaxe.", "a\u{200b}b", "\u{feff}A"] {
        let fault = only_fault(named(name));
        assert!(fault.contains("clients[0].client_name: found a name that is too long"), "{fault}");
    }
}

#[test]
fn a_client_for_servers_alone_needs_no_redirect_uri() {
    assert!(client("grant_types = [\"client_credentials\"]", "").is_ok());
    let fault = client("grant_types = [\"refresh_token\"]", "").unwrap_err().to_string();
    assert!(fault.contains("clients[0].grant_types: found none of them"), "{fault}");
}

const API: &str = "[[resources]]\nuri = \"https://api.example\"\nname = \"API\"\nservers = [\"a\"]\n\
    scopes = [{ name = \"api.read\", description = \"read\" }]\n";

#[test]
fn scopes_of_an_api_are_for_clients_of_that_api() {
    let read = |more: &str| {
        let client = format!(
            "[[clients]]\nclient_id = \"a\"\nclient_name = \"A\"\nclient_secret = \"{GOOD_SECRET}\"\n"
        );
        read_with(&format!("{API}{client}{more}\n"))
    };
    let own = "resources = [\"https://api.example\"]";
    let settings = read(&format!("{REDIRECT}\n{own}\nscope = \"openid api.read\"")).unwrap();
    assert_eq!(settings.clients[0].scope, ["openid", "api.read"]);
    assert_eq!(settings.resources[0].scopes[0].description.fr, "read");
    let fault = only_fault(read(&format!("{REDIRECT}\nscope = \"openid api.read\"")));
    assert!(fault.contains("clients[0].resources: found fewer resources than scopes need"), "{fault}");
    // Nobody signs in for a client that is for servers alone.
    assert!(read(&format!("grant_types = [\"client_credentials\"]\n{own}\nscope = \"api.read\"")).is_ok());
    let fault = only_fault(read(&format!("{REDIRECT}\n{own}\nscope = \"api.read\"")));
    assert!(fault.contains("expected openid among the scopes"), "{fault}");
}

#[test]
fn a_scope_has_one_meaning() {
    let again = API.replace("https://api.example", "https://other.example");
    let fault = only_fault(read_with(&format!("{API}{again}")));
    assert!(fault.contains("resources[1].scopes[0].name: found \"api.read\""), "{fault}");
    for (name, start) in [
        ("openid", "found \"openid\", expected a name that no standard scope has"),
        ("a b", "expected a scope"),
    ] {
        let fault = only_fault(read_with(&API.replace("api.read", name)));
        assert!(fault.contains(start), "{fault}");
    }
}

#[test]
fn what_stands_on_a_client_alone_is_not_for_public_ones() {
    let public =
        "[[clients]]\nclient_id = \"a\"\nclient_name = \"A\"\ntoken_endpoint_auth_method = \"none\"\n";
    let fault = only_fault(read_with(&format!("{public}grant_types = [\"client_credentials\"]\n")));
    assert!(fault.contains("clients[0].grant_types: found \"client_credentials\""), "{fault}");
}

const AUTHORITY: &str =
    "[[authorities]]\nid = \"lyon\"\nname = \"Lyon\"\n[[authorities.desks]]\nid = \"dec\"\nname = \"DEC\"\n";
const SCIM: &str = "scope = \"scim\"\ngrant_types = [\"client_credentials\"]\nresources = [\"https://id.example/scim/v2\"]\n";

#[test]
fn an_application_that_manages_people_belongs_to_an_authority() {
    let manager = |more: &str| client(&format!("{SCIM}{more}\n{AUTHORITY}"), "");
    let read = manager("authority = \"lyon\"").unwrap();
    assert_eq!(read.authority.as_ref().map(AuthorityId::as_str), Some("lyon"));
    for (more, start) in [
        ("", "clients[0].authority"),
        ("authority = \"paris\"", "clients[0].authority: found \"paris\", expected \"lyon\""),
        ("authority = 1", "clients[0].authority"),
    ] {
        let faults = manager(more).unwrap_err();
        assert!(faults.len() == 1 && faults.to_string().contains(start), "{more}: {faults}");
    }
}

#[test]
fn guichets_own_api_is_nobody_elses_and_not_for_clients_that_register_themselves() {
    let resource = |uri: &str, scope: &str| {
        format!(
            "[[resources]]\nuri = \"{uri}\"\nname = \"A\"\n[[resources.scopes]]\nname = \"{scope}\"\ndescription = \"A\"\n"
        )
    };
    for (text, start) in [
        (resource("https://id.example/scim/v2", "a"), "resources[0].uri"),
        (resource("https://a.example", "scim"), "resources[0].scopes[0].name"),
        ("[registration]\nscope = \"openid scim\"\n".to_owned(), "registration.scope: found \"scim\""),
    ] {
        let fault = only_fault(read_with(&text));
        assert!(fault.contains(start), "{fault}");
    }
}
