//! Increments find themselves: what is new is appended, what changed is taken anew, nothing is lost or counted twice.

use std::{fs, path::Path, sync::Arc};

use domain::manifest::Manifest;
use pipeline::{
    orchestrator::run_pipeline,
    progress::Progress,
    stage::Stage,
    synth::{SynthParams, generate},
};

use crate::{
    dataset::Dataset,
    workbench::{Workbench, content_hashes},
};

/// Keeps what the run says.
#[derive(Default)]
struct Notes(std::sync::Mutex<Vec<String>>);

impl Progress for Notes {
    fn run_started(&self, _: &str) {}
    fn stage_started(&self, _: Stage, _: Option<u64>) {}
    fn advanced(&self, _: Stage, _: u64) {}
    fn note(&self, _: Stage, text: &str) {
        self.0.lock().unwrap().push(text.to_owned());
    }
    fn stage_finished(&self, _: Stage, _: &domain::manifest::StageRecord) {}
}

async fn run_with_notes(bench: &Workbench) -> (Manifest, String) {
    let notes = Arc::new(Notes::default());
    let manifest = run_pipeline(bench.request(), Arc::clone(&notes) as Arc<dyn Progress>).await.unwrap();
    let text = notes.0.lock().unwrap().join("\n");
    (manifest, text)
}

fn parts(manifest: &Manifest, table: &str) -> Vec<String> {
    manifest.inputs.iter().filter(|part| part.table == table).map(|part| part.part.clone()).collect()
}

/// Writes the rows of a generated source whose order id is at most `highest`; the catalogue as a whole.
fn write_up_to(whole: &Path, to: &Path, highest: u64) {
    fs::create_dir_all(to).unwrap();
    for table in
        ["aisles", "departments", "products", "orders", "order_products__prior", "order_products__train"]
    {
        let text = fs::read_to_string(whole.join(format!("{table}.csv"))).unwrap();
        let keep = |line: &&str| {
            !table.starts_with("order")
                || line.split(',').next().unwrap().parse().is_ok_and(|id: u64| id <= highest)
        };
        let mut lines = text.lines();
        let header = lines.next().unwrap();
        let rows: Vec<&str> = lines.filter(keep).collect();
        fs::write(to.join(format!("{table}.csv")), format!("{header}\n{}\n", rows.join("\n"))).unwrap();
    }
}

#[tokio::test]
async fn two_increments_and_one_whole_give_the_same_content() {
    let whole = tempfile::tempdir().unwrap();
    generate(&SynthParams { customers: 120, seed: 5, truth: false }, whole.path(), &mut |_, _| {}).unwrap();
    let once = Workbench::new(&Dataset::valid());
    write_up_to(whole.path(), &once.source(), u64::MAX);
    let expected = once.run().await.unwrap();

    let orders = fs::read_to_string(whole.path().join("orders.csv")).unwrap();
    let highest: u64 =
        orders.lines().skip(1).map(|line| line.split(',').next().unwrap().parse().unwrap()).max().unwrap();
    let steps = Workbench::new(&Dataset::valid());
    write_up_to(whole.path(), &steps.source(), highest / 2);
    let (first, notes) = run_with_notes(&steps).await;
    assert!(notes.contains("orders: new;"), "{notes}");
    write_up_to(whole.path(), &steps.source(), highest);
    let (second, notes) = run_with_notes(&steps).await;
    assert!(notes.contains("orders: appended") && notes.contains("products: unchanged"), "{notes}");

    assert_eq!(content_hashes(&second), content_hashes(&expected));
    for table in ["orders", "order_products__prior"] {
        let (old, new) = (parts(&first, table), parts(&second, table));
        assert!(new.len() > old.len() && new.starts_with(&old), "{old:?} {new:?}");
    }
    assert_eq!(second.high_water["orders"], highest);
}

#[tokio::test]
async fn a_source_with_only_later_orders_is_an_increment() {
    let bench = Workbench::new(&Dataset::valid());
    let first = bench.run().await.unwrap();
    let header =
        "order_id,user_id,eval_set,order_number,order_dow,order_hour_of_day,days_since_prior_order\n";
    let lines = "order_id,product_id,add_to_cart_order,reordered\n";
    let later = Dataset::valid()
        .with_file("orders", format!("{header}41,4,prior,1,0,1,\n42,4,train,2,0,1,3\n"))
        .with_file("order_products__prior", format!("{lines}41,1,1,0\n"))
        .with_file("order_products__train", format!("{lines}42,1,1,1\n"));
    bench.replace_source(&later);
    let (second, notes) = run_with_notes(&bench).await;
    assert!(notes.contains("orders: appended 2 rows; 12 rows in 2 parts"), "{notes}");
    assert_eq!(bench.value(&second, "SELECT count(*) FROM silver_orders").await, "12");
    assert_eq!(bench.value(&second, "SELECT count(*) FROM silver_order_lines").await, "16");
    assert_eq!(parts(&first, "orders"), parts(&second, "orders")[..1]);
}

#[tokio::test]
async fn a_row_that_changed_below_the_mark_takes_the_table_anew() {
    let bench = Workbench::new(&Dataset::valid());
    let first = bench.run().await.unwrap();
    bench.replace_source(&Dataset::valid().with_replaced(
        "orders",
        "22,2,prior,2,5,13,5.0",
        "22,2,prior,2,6,13,5.0",
    ));
    let (second, notes) = run_with_notes(&bench).await;
    assert!(notes.contains("orders: rows that were ingested before changed in the source"), "{notes}");
    assert_eq!(bench.value(&second, "SELECT order_dow FROM silver_orders WHERE order_id = 22").await, "6");
    assert_eq!(bench.value(&second, "SELECT count(*) FROM silver_orders").await, "10");
    assert!(parts(&first, "orders").iter().all(|part| !parts(&second, "orders").contains(part)));
    // The first run's parts stay: its manifest names them.
    assert!(parts(&first, "orders").iter().all(|part| bench.lake().root().join(part).exists()));
}

#[tokio::test]
async fn a_late_row_below_the_mark_is_not_lost() {
    let late = Dataset::valid().with_rows("orders", &["15,4,prior,1,0,8,"]);
    let bench = Workbench::new(&Dataset::valid());
    bench.run().await.unwrap();
    bench.replace_source(&late);
    let manifest = bench.run().await.unwrap();
    assert_eq!(bench.value(&manifest, "SELECT count(*) FROM silver_orders WHERE order_id = 15").await, "1");
}

#[tokio::test]
async fn a_row_that_left_the_source_leaves_silver() {
    let bench = Workbench::new(&Dataset::valid());
    bench.run().await.unwrap();
    bench.replace_source(&Dataset::valid().with_replaced("order_products__prior", "32,3,3,1\n", ""));
    let manifest = bench.run().await.unwrap();
    assert_eq!(
        bench.value(&manifest, "SELECT count(*) FROM silver_order_lines WHERE order_id = 32").await,
        "2"
    );
}

#[tokio::test]
async fn an_erased_customer_is_in_neither_silver_nor_quarantine() {
    let broken = Dataset::valid().with_rows("orders", &["91,2,prior,9,0,99,1"]);
    let bench = Workbench::new(&broken);
    let before = bench.run().await.unwrap();
    assert_eq!(bench.value(&before, "SELECT count(*) FROM quarantine_orders").await, "1");
    pipeline::erasure::erase(&bench.lake(), 2, None).unwrap();
    let (after, notes) = run_with_notes(&bench).await;
    assert!(notes.contains("orders: 4 rows of erased customers left out"), "{notes}");
    for table in [
        "silver_orders",
        "silver_order_lines",
        "gold_user_features",
        "gold_upi_features_union",
        "gold_order_facts",
    ] {
        let sql = format!("SELECT count(*) FROM {table} WHERE user_id = 2");
        assert_eq!(bench.value(&after, &sql).await, "0", "{table}");
    }
    assert_eq!(bench.value(&after, "SELECT count(*) FROM quarantine_orders").await, "0");
    assert_eq!(bench.value(&after, "SELECT count(*) FROM quarantine_order_lines").await, "0");
    assert_eq!(bench.value(&after, "SELECT count(*) FROM silver_orders").await, "7");
}
