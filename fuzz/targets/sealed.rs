//! What browsers carry for us, sealed: journeys, decisions, upstream states.

use std::sync::LazyLock;
use std::time::Duration;

use guichet::config::{KeySettings, MasterKeySource};
use guichet::keys::{MasterKey, Purpose, Sealer};
use guichet::kit::random::Rng;
use guichet::kit::secrets::Secret;
use guichet::signin::Journey;

static SEALER: LazyLock<Sealer> = LazyLock::new(|| {
    let settings = KeySettings {
        master_key: MasterKeySource::Given(Secret::new("A".repeat(43))),
        rotate_every: Duration::from_hours(24),
        publish_before: Duration::from_hours(1),
    };
    MasterKey::load(&settings, &Rng::system()).expect("a master key").sealer(Purpose::Journey)
});

/// Nothing opens but what was sealed, unaltered, in its own context; and no text within it breaks the reader.
///
/// The first line is the context, the second says what is altered, the rest is sealed.
pub fn sealed(input: &[u8]) {
    let [context, change, plain] = super::lines(input);
    assert_eq!(SEALER.open(context, &String::from_utf8_lossy(plain)), None, "nobody sealed it");
    let sealed = SEALER.seal(&Rng::system(), context, plain);
    assert_eq!(SEALER.open(context, &sealed).as_deref(), Some(plain));
    let _ = SEALER.open_value::<Journey>(context, &sealed);
    let other = [context, b"x"].concat();
    assert_eq!(SEALER.open(&other, &sealed), None, "another context");
    // Each byte of the second line names a place and what to write there.
    let mut altered = sealed.clone().into_bytes();
    for (number, byte) in change.iter().enumerate() {
        let place = (usize::from(*byte) * 131 + number) % altered.len();
        altered[place] = *byte;
    }
    let altered = String::from_utf8_lossy(&altered);
    if altered != sealed {
        assert_eq!(SEALER.open(context, &altered), None, "{sealed} as {altered}");
    }
    for cut in [1, change.len().max(1)] {
        let shorter = &sealed[..sealed.len().saturating_sub(cut)];
        assert_eq!(SEALER.open(context, shorter), None, "cut by {cut}");
    }
}
