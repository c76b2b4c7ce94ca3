//! Landed events as parts of the batch's tables, once and for good.

use serde_json::Value;
use tempfile::TempDir;

use super::*;
use crate::{
    ingest::{framing::RecordFramer, schema::read_header},
    stream::{
        landing::land,
        local::LocalStream,
        tests::{event, order},
        transport::{PutRecord, StreamTransport as _},
    },
};

struct Shop {
    _folder: TempDir,
    lake: Lake,
    stream: LocalStream,
}

impl Shop {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::new(folder.path().join("lake"));
        let stream = LocalStream::create(&folder.path().join("stream")).unwrap();
        Self { _folder: folder, lake, stream }
    }

    fn land(&self, events: &[Value]) {
        let put = |event: &Value| PutRecord { partition_key: "7".into(), data: event.to_string().into() };
        self.stream.put(&events.iter().map(put).collect::<Vec<_>>()).unwrap();
        land(&self.stream, &self.lake, "shop").unwrap();
    }

    fn parts(&self) -> Vec<InputPart> {
        stream_parts(&self.lake, "shop").unwrap()
    }

    fn text(&self, part: &InputPart) -> String {
        fs::read_to_string(self.lake.root().join(&part.part)).unwrap()
    }
}

fn with_id(event_id: &str, mut order: Value) -> Value {
    order["event_id"] = event_id.into();
    order
}

/// The first build landed its stream and never read it again.
#[test]
fn the_stream_is_joined_to_the_batch_as_parts_of_its_tables() {
    let shop = Shop::new();
    let mut without_lines = with_id("c", order(13, 8, 1));
    without_lines["lines"] = serde_json::json!([]);
    shop.land(&[with_id("a", order(11, 7, 1)), with_id("b", order(12, 7, 2)), without_lines]);
    let parts = shop.parts();
    let names: Vec<_> =
        parts.iter().map(|part| (part.table.as_str(), part.part.as_str(), part.rows)).collect();
    assert_eq!(
        names,
        [
            ("orders", "bronze/shop/data/stream/orders/stream_part1.csv", 3),
            ("order_products__prior", "bronze/shop/data/stream/order_products__prior/stream_part1.csv", 4),
        ]
    );
    assert_eq!(
        shop.text(&parts[0]),
        "order_id,user_id,eval_set,order_number,order_dow,order_hour_of_day,days_since_prior_order\n\
         11,7,prior,1,3,10,\n12,7,prior,2,3,10,7.0\n13,8,prior,1,3,10,\n"
    );
    assert_eq!(
        shop.text(&parts[1]),
        "order_id,product_id,add_to_cart_order,reordered\n11,1,1,0\n11,2,2,1\n12,1,1,0\n12,2,2,1\n"
    );
    for (part, table) in parts.iter().zip([SourceTable::Orders, SourceTable::OrderProductsPrior]) {
        let path = shop.lake.root().join(&part.part);
        assert_eq!(hash_files(&path).unwrap().sha256, part.sha256);
        let text = shop.text(part);
        let header = read_header(&mut RecordFramer::new(&path, text.as_bytes()), table, &path).unwrap();
        assert_eq!(header.positions, (0..table.columns().len()).collect::<Vec<_>>());
    }
}

#[test]
fn nothing_landed_is_no_part() {
    let shop = Shop::new();
    assert!(shop.parts().is_empty());
    assert!(!shop.lake.root().exists(), "asking leaves nothing behind");
}

#[test]
fn a_landed_file_becomes_a_part_once_and_later_ones_come_behind() {
    let shop = Shop::new();
    shop.land(&[event("a", 1)]);
    let first = shop.parts();
    let written = fs::metadata(shop.lake.root().join(&first[0].part)).unwrap().modified().unwrap();
    assert_eq!(shop.parts(), first);
    shop.land(&[event("b", 2)]);
    let second = shop.parts();
    assert_eq!(second[..2], first);
    assert!(second[2].part.ends_with("orders/stream_part2.csv"), "{second:?}");
    let still = fs::metadata(shop.lake.root().join(&first[0].part)).unwrap().modified().unwrap();
    assert_eq!(still, written, "a part is not written again");
}

#[test]
fn killed_before_the_list_was_written_the_parts_come_out_the_same() {
    let shop = Shop::new();
    shop.land(&[event("a", 1)]);
    let first = shop.parts();
    fs::remove_file(shop.lake.bronze("shop").join("landed/parts.jsonl")).unwrap();
    assert_eq!(shop.parts(), first);
}

#[test]
fn a_damaged_part_is_made_anew_and_a_damaged_landed_file_is_an_error() {
    let shop = Shop::new();
    shop.land(&[event("a", 1)]);
    let first = shop.parts();
    let path = shop.lake.root().join(&first[0].part);
    let whole = fs::read(&path).unwrap();
    for damage in [Some("order_id\n1\n"), None] {
        match damage {
            Some(text) => fs::write(&path, text).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
        assert_eq!(shop.parts(), first);
        assert_eq!(fs::read(&path).unwrap(), whole);
    }
    shop.land(&[event("b", 2)]);
    let landed = landed_below(&StreamPaths::new(&shop.lake, "shop").unwrap()).unwrap();
    fs::write(shop.lake.root().join(&landed[1].path), "{}\n").unwrap();
    let error = stream_parts(&shop.lake, "shop").unwrap_err();
    assert_eq!(error.code(), "unreadable_file");
    assert!(error.to_string().contains("not those that landed"), "{error}");
}

#[test]
fn both_orders_of_one_id_go_on_in_the_order_of_landing() {
    let shop = Shop::new();
    shop.land(&[with_id("a", order(11, 7, 1))]);
    shop.land(&[with_id("b", order(11, 8, 1))]);
    let orders: Vec<_> = shop.parts().into_iter().filter(|part| part.table == "orders").collect();
    let rows: Vec<String> =
        orders.iter().map(|part| shop.text(part).lines().nth(1).unwrap().to_owned()).collect();
    assert_eq!(rows, ["11,7,prior,1,3,10,", "11,8,prior,1,3,10,"]);
}
