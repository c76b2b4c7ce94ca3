//! Orders that come by the stream, in the run behind them.

use std::{collections::BTreeMap, time::Duration};

use domain::manifest::Manifest;
use pipeline::stream::{
    default_folder,
    landing::{LandReport, land},
    local::LocalStream,
    publisher::{PublishReport, Retry, publish},
    transport::{PutRecord, StreamTransport as _},
};

use crate::{
    dataset::Dataset,
    workbench::{Workbench, content_hashes},
};

const NEXT_OF_CUSTOMER_1: &str = r#"{"event_id": "a", "order_id": 15, "user_id": 1, "order_number": 5, "order_dow": 6,
    "order_hour_of_day": 23, "days_since_prior_order": 45, "lines": [
    {"product_id": 2, "add_to_cart_order": 1, "reordered": true},
    {"product_id": 1, "add_to_cart_order": 2, "reordered": 1}]}"#;
const FIRST_OF_CUSTOMER_4: &str = r#"{"event_id": "b", "order_id": 41, "user_id": 4, "order_number": 1, "order_dow": 0,
    "order_hour_of_day": 9, "days_since_prior_order": "null",
    "lines": [{"product_id": "3", "add_to_cart_order": 1, "reordered": "no"}]}"#;

fn lines(events: &[&str]) -> String {
    events.iter().map(|event| event.replace('\n', " ") + "\n").collect()
}

/// The shop's stream and what comes by it.
struct Stream<'a> {
    bench: &'a Workbench,
    stream: LocalStream,
}

impl<'a> Stream<'a> {
    fn of(bench: &'a Workbench) -> Self {
        Self { bench, stream: LocalStream::create(&default_folder(&bench.lake())).unwrap() }
    }

    fn publish(&self, events: &[&str]) -> PublishReport {
        let retry = Retry { attempts: 1, first_wait: Duration::ZERO };
        publish(&self.stream, &self.stream.folder().join("publisher"), lines(events).as_bytes(), retry)
            .unwrap()
    }

    /// Puts events as another producer would, unchecked.
    fn put(&self, events: &[&str]) {
        let put = |event: &&str| PutRecord { partition_key: "1".into(), data: event.as_bytes().to_vec() };
        self.stream.put(&events.iter().map(put).collect::<Vec<_>>()).unwrap();
    }

    fn land(&self) -> LandReport {
        land(&self.stream, &self.bench.lake(), "shop").unwrap()
    }
}

async fn orders(bench: &Workbench, manifest: &Manifest, of: &str) -> Vec<Vec<String>> {
    let sql = format!(
        "SELECT order_id, eval_set, order_number, days_since_prior_order FROM silver_orders WHERE user_id IN ({of}) \
         ORDER BY order_id"
    );
    bench.query(manifest, &sql).await
}

/// The first build never joined its stream to the batch.
#[tokio::test]
async fn streamed_orders_are_history_in_the_next_run() {
    let bench = Workbench::new(&Dataset::valid());
    let before = bench.run().await.unwrap();
    let stream = Stream::of(&bench);
    assert_eq!(stream.publish(&[NEXT_OF_CUSTOMER_1, FIRST_OF_CUSTOMER_4]).published, 2);
    assert_eq!(stream.land().landed, 2);
    let after = bench.run().await.unwrap();
    let found = orders(&bench, &after, "1, 4").await;
    let row =
        |id: &str, set: &str, number: &str, days: &str| [id, set, number, days].map(str::to_owned).to_vec();
    assert_eq!(found[3], row("14", "prior", "4", "30.0"), "a train order that another follows is history");
    assert_eq!(found[4..], [row("15", "prior", "5", "30.0"), row("41", "prior", "1", "null")]);
    let count = async |manifest: &Manifest| {
        let count = bench.value(manifest, "SELECT count(*) FROM silver_order_lines").await;
        count.parse::<u64>().unwrap()
    };
    assert_eq!(count(&after).await, count(&before).await + 3);
    assert_eq!(bench.value(&after, "SELECT count(*) FROM quarantine_orders").await, "0");
    let users =
        bench.value(&after, "SELECT total_order_number FROM gold_user_features WHERE user_id = 1").await;
    assert_eq!(users, "5");
}

#[tokio::test]
async fn a_stream_that_is_delivered_twice_changes_nothing() {
    let bench = Workbench::new(&Dataset::valid());
    let stream = Stream::of(&bench);
    let events = lines(&[NEXT_OF_CUSTOMER_1]);
    stream.put(&[&events]);
    stream.land();
    let first = bench.run().await.unwrap();
    stream.put(&[&events, &events]);
    assert_eq!(stream.land().duplicate_events, 2);
    let second = bench.run().await.unwrap();
    assert_eq!(first.inputs, second.inputs);
    assert_eq!(content_hashes(&first), content_hashes(&second));
}

/// The first build used order ids 1,000,000 to 1,000,009 again on every call.
#[tokio::test]
async fn a_reused_order_id_is_refused_at_the_door_and_quarantined_behind_it() {
    let bench = Workbench::new(&Dataset::valid());
    let stream = Stream::of(&bench);
    let reused =
        FIRST_OF_CUSTOMER_4.replace("\"order_id\": 41", "\"order_id\": 15").replace("\"b\"", "\"c\"");
    let report = stream.publish(&[NEXT_OF_CUSTOMER_1, &reused]);
    assert_eq!(report.refused, BTreeMap::from([("order_id_reused", 1)]));
    // Another producer does not ask: both land, and the one that landed first stays.
    stream.put(&[&reused]);
    assert_eq!(stream.land().landed, 2);
    let manifest = bench.run().await.unwrap();
    let kept = bench.value(&manifest, "SELECT user_id FROM silver_orders WHERE order_id = 15").await;
    assert_eq!(kept, "1");
    let rules = bench.query(&manifest, "SELECT rule, raw FROM quarantine_orders").await;
    assert_eq!(rules, [["duplicate_order_id", "15,4,prior,1,0,9,"]]);
}

#[tokio::test]
async fn an_order_of_the_batch_wins_over_one_of_the_stream() {
    let bench = Workbench::new(&Dataset::valid());
    let stream = Stream::of(&bench);
    let of_the_batch = NEXT_OF_CUSTOMER_1.replace("\"order_id\": 15", "\"order_id\": 13");
    stream.publish(&[&of_the_batch]);
    stream.land();
    let manifest = bench.run().await.unwrap();
    assert_eq!(
        bench.value(&manifest, "SELECT order_number FROM silver_orders WHERE order_id = 13").await,
        "3"
    );
    let rules = bench.query(&manifest, "SELECT rule, part FROM quarantine_orders").await;
    assert_eq!(rules, [["duplicate_order_id", "7"]], "the part behind the six of the batch");
}

/// The batch catches up with the stream: what both deliver is counted once, and is nobody's fault.
#[tokio::test]
async fn an_order_that_the_batch_delivers_later_is_counted_once() {
    let mut bench = Workbench::new(&Dataset::valid());
    let stream = Stream::of(&bench);
    stream.publish(&[FIRST_OF_CUSTOMER_4]);
    stream.land();
    bench.run().await.unwrap();
    let batch = Dataset::valid()
        .with_rows("orders", &["41,4,prior,1,0,9,"])
        .with_rows("order_products__prior", &["41,3,1,0"]);
    bench.replace_source(&batch);
    // Not even a threshold of 0 is broken.
    bench.settings.quarantine_threshold = 0.0;
    let manifest = bench.run().await.unwrap();
    for (table, expected) in [("silver_orders", "1"), ("silver_order_lines", "1"), ("quarantine_orders", "0")]
    {
        let what = if table.starts_with("silver") { " WHERE order_id = 41" } else { "" };
        let sql = format!("SELECT count(*) FROM {table}{what}");
        assert_eq!(bench.value(&manifest, &sql).await, expected, "{table}");
    }
    assert_eq!(bench.value(&manifest, "SELECT count(*) FROM quarantine_order_lines").await, "0");
}
