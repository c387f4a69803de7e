//! Whether two samples of times can be told apart.

use crate::inside::median;

/// Welch's t of each pair, over the probes below the 95th percentile of all: what the machine did meanwhile is no signal.
pub fn report(kinds: &[&str], times: &[Vec<f64>]) {
    let mut all: Vec<f64> = times.concat();
    all.sort_by(f64::total_cmp);
    let limit = all[all.len() * 95 / 100];
    let kept: Vec<Vec<f64>> =
        times.iter().map(|times| times.iter().copied().filter(|time| *time < limit).collect()).collect();
    for (kind, times) in kinds.iter().zip(&kept) {
        println!("  {kind:<18} median {:>8.1} µs   mean {:>8.1} µs", median(&mut times.clone()), mean(times));
    }
    let mut worst: f64 = 0.0;
    for left in 0..kinds.len() {
        for right in left + 1..kinds.len() {
            let t = welch(&kept[left], &kept[right]);
            worst = worst.max(t.abs());
            println!("  t({}, {}) = {t:.2}", kinds[left], kinds[right]);
        }
    }
    let verdict = if worst < 4.5 { "cannot be told apart" } else { "CAN BE TOLD APART" };
    println!("  largest |t| = {worst:.2}: {verdict}");
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / count(values)
}

fn variance(values: &[f64]) -> f64 {
    let mean = mean(values);
    values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count(values) - 1.0)
}

fn welch(left: &[f64], right: &[f64]) -> f64 {
    (mean(left) - mean(right)) / (variance(left) / count(left) + variance(right) / count(right)).sqrt()
}

fn count(values: &[f64]) -> f64 {
    f64::from(u32::try_from(values.len()).expect("few"))
}
