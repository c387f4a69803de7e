//! PostgreSQL restarted, its connections cut, its disk full, the way to it slow or stuck: clients see errors for a while, and
//! nothing false is ever acknowledged.

use std::thread::sleep;
use std::time::{Duration, Instant};

use guichet::kit::random::Rng;
use sqlx::{AnyConnection, Connection, Executor};

use crate::installation::Installation;
use crate::ledger::{Worker, workers};
use crate::length;
use crate::load::Load;
use crate::own_postgres::{OwnPostgres, Proxy, SmallDisk, Way};
use crate::process::Process;
use crate::wire::Visitor;

/// Within this, trouble that is over is forgotten; a standstill would last longer in any build.
fn patience() -> Duration {
    Duration::from_secs(if length::is_strict() { 5 } else { 20 })
}

/// Two nodes on a server that is troubled.
struct Scene {
    installation: Installation,
    nodes: [Process; 2],
    ports: [u16; 2],
    workers: Vec<Worker>,
}

impl Scene {
    fn on(url: &str) -> Self {
        let installation =
            Installation::new().with("DATABASE__URL", url).with("KEYS__MASTER_KEY", &Rng::system().token());
        let migrated = installation.run(&["migrate"], "");
        assert!(migrated.status.success(), "{migrated:?}");
        let ports = [installation.port, installation.port + 1];
        let workers = workers(&installation, 3);
        let nodes = ports.map(|port| installation.serve(port).0);
        Self { installation, nodes, ports, workers }
    }

    /// Lets something happen under load; how long errors went on after it was over.
    fn under_load(&mut self, what: &str, trouble: impl FnOnce()) {
        let load = Load::begin(std::mem::take(&mut self.workers), &self.ports);
        sleep(Duration::from_millis(500));
        trouble();
        let over = Instant::now();
        // Until things go well for a while, or it is clear that they do not.
        while load.timeline.well_since(over + load.timeline.trouble_after(over)) < 6
            && over.elapsed() < patience() * 3
        {
            sleep(Duration::from_millis(100));
        }
        let after = load.timeline.trouble_after(over);
        let well = load.timeline.well_since(over);
        let (_, broken) = load.timeline.counts();
        self.workers = load.end();
        println!(
            "torture: PostgreSQL {what}: {broken} turns broken off, errors for {after:.2?} after it was over"
        );
        assert!(well > 0 && after < patience(), "errors for {after:?} after PostgreSQL was {what}");
        for worker in &mut self.workers {
            worker.audit(self.ports[0]).expect("answers, now that all is well");
        }
        for node in &mut self.nodes {
            assert!(node.end().is_none(), "a node ended: {}", node.said());
        }
        let _ = &self.installation;
    }
}

/// Ends every connection that others have to the database.
async fn cut_connections(url: &str) {
    let mut connection = AnyConnection::connect(url).await.unwrap();
    let all = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()";
    connection.execute(all).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn trouble_with_postgres_passes() {
    crate::calls::driver::install();
    let Some(server) = OwnPostgres::start() else { return };
    let proxy = Proxy::to(server.port());
    let mut scene = Scene::on(&server.url_by(proxy.port));
    let runtime = tokio::runtime::Handle::current();
    let end = Instant::now() + length::time(1, 0.08);
    loop {
        scene.under_load("restarted", || server.restart());
        scene.under_load("cutting all connections", || {
            for _ in 0..3 {
                tokio::task::block_in_place(|| runtime.block_on(cut_connections(&server.url)));
                sleep(Duration::from_millis(200));
            }
        });
        scene.under_load("slow", || {
            proxy.becomes(Way::Slow);
            sleep(Duration::from_secs(2));
            proxy.becomes(Way::Good);
        });
        scene.under_load("cut off in the middle of its words", || {
            proxy.becomes(Way::Cut);
            sleep(Duration::from_secs(1));
            proxy.becomes(Way::Good);
        });
        scene.under_load("stuck", || {
            proxy.becomes(Way::Stuck);
            sleep(Duration::from_secs(6));
            proxy.becomes(Way::Good);
        });
        if Instant::now() > end {
            break;
        }
    }
}

/// Nothing passes and nobody is told: answers come all the same, and say "not now".
#[test]
fn a_way_to_postgres_that_swallows_everything_keeps_nobody_waiting() {
    let Some(server) = OwnPostgres::start() else { return };
    let proxy = Proxy::to(server.port());
    let scene = Scene::on(&server.url_by(proxy.port));
    let mut visitor = Visitor::new(scene.ports[0]);
    visitor.sign_in(scene.ports[0], "worker0", crate::support::app::PASSWORD).expect("an answer");
    proxy.becomes(Way::Stuck);
    let began = Instant::now();
    // Waiting ends in `wire::PATIENCE`, with a panic.
    let lost = visitor.clone().is_signed_in(scene.ports[0]);
    assert!(lost.is_err(), "a session was told of, out of nothing");
    println!("torture: with a database that swallows everything, an answer takes {:.2?}", began.elapsed());
    proxy.becomes(Way::Good);
}

#[test]
fn a_full_disk_of_postgres_passes() {
    let Some(disk) = SmallDisk::mount(192) else {
        eprintln!("NOT TESTED: a full disk of PostgreSQL: a small file system needs root");
        return;
    };
    let Some(server) = OwnPostgres::start_in(disk.path().to_owned()) else { return };
    let mut scene = Scene::on(&server.url);
    let rounds = if length::minutes().is_some() { 3 } else { 1 };
    for _ in 0..rounds {
        scene.under_load("on a full disk", || {
            disk.fill();
            sleep(Duration::from_secs(3));
            disk.clear();
            // It may have given up: then somebody starts it again.
            server.restart();
        });
    }
    let _ = server.directory();
}
