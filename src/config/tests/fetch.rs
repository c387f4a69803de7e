//! The rules for what clients' addresses may lead to.

use super::{only_fault, read_with};

#[test]
fn nothing_private_is_reached_unless_it_is_named() {
    let settings = read_with("").unwrap().fetch;
    assert!(settings.allow_private_networks.is_empty() && settings.ca_file.is_none());
    let settings =
        read_with("[fetch]\nallow_private_networks = [\"10.1.0.0/16\", \"fd00:1::/32\"]").unwrap().fetch;
    assert_eq!(settings.allow_private_networks.len(), 2);
    for wrong in ["0.0.0.0/0", "::/0", "10.1.2.3", "10.1.2.3/16", "intranet"] {
        let fault = only_fault(read_with(&format!("[fetch]\nallow_private_networks = [\"{wrong}\"]")));
        assert!(fault.contains("fetch.allow_private_networks[0]: found"), "{fault}");
    }
}
