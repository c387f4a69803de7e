//! What Argon2 alone gives, which no sign-in and no import can pass.

use std::thread;
use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Block, Params, Version};

/// Hashes a second with the settings of new installations: one thread on each core, each with memory of its own that it
/// uses again.
pub fn on_every_core(time: Duration) -> f64 {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let began = Instant::now();
    let hash = move || {
        let params = Params::new(19_456, 2, 1, None).expect("sound parameters");
        let mut memory = vec![Block::new(); params.block_count()];
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let (mut hashes, mut output) = (0_u32, [0; 32]);
        while began.elapsed() < time {
            argon2
                .hash_password_into_with_memory(b"ABCDEFGHJKMNPQ", &[7; 16], &mut output, &mut memory)
                .expect("hashed");
            hashes += 1;
        }
        hashes
    };
    let workers: Vec<_> = (0..cores).map(|_| thread::spawn(hash)).collect();
    let hashes: u32 = workers.into_iter().map(|worker| worker.join().expect("a worker")).sum();
    f64::from(hashes) / began.elapsed().as_secs_f64()
}
