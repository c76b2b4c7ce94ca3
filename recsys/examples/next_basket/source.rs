//! Reads the six-file layout into histories, without cleaning: for measurements on data that is known to be clean.

use std::{collections::HashMap, error::Error, path::Path};

use recsys::history::{Catalogue, Histories, HistoriesBuilder, Item};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn rows(
    folder: &Path,
    file: &str,
    columns: &[&str],
    mut take: impl FnMut(&[&str]) -> Result<()>,
) -> Result<()> {
    let path = folder.join(file);
    let mut reader = csv::Reader::from_path(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let header = reader.headers()?.clone();
    let positions = columns
        .iter()
        .map(|c| header.iter().position(|h| h == *c).ok_or_else(|| format!("{file} has no column {c}")))
        .collect::<std::result::Result<Vec<_>, _>>()?;
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record)? {
        let fields: Vec<&str> = positions.iter().map(|p| &record[*p]).collect();
        take(&fields)?;
    }
    Ok(())
}

/// The catalogue and every customer's orders; `max_user` keeps only customers with lower ids.
pub(crate) fn read(folder: &Path, max_user: u32) -> Result<(Catalogue, Histories)> {
    let mut products = Vec::new();
    rows(folder, "products.csv", &["product_id", "aisle_id", "department_id"], |f| {
        products.push((f[0].parse()?, f[1].parse()?, f[2].parse()?));
        Ok(())
    })?;
    let catalogue = Catalogue::new(products)?;
    // (user, number, id, gap, weekday, hour)
    let mut orders: Vec<(u32, u32, u32, Option<u8>, u8, u8)> = Vec::new();
    let columns =
        ["user_id", "order_number", "order_id", "days_since_prior_order", "order_dow", "order_hour_of_day"];
    rows(folder, "orders.csv", &columns, |f| {
        let user = f[0].parse()?;
        if user <= max_user {
            let gap = if f[3].is_empty() { None } else { Some(f[3].parse::<f32>()? as u8) };
            orders.push((user, f[1].parse()?, f[2].parse()?, gap, f[4].parse()?, f[5].parse()?));
        }
        Ok(())
    })?;
    orders.sort_unstable();
    let place: HashMap<u32, u32> = orders.iter().enumerate().map(|(p, o)| (o.2, p as u32)).collect();
    let mut lines: Vec<(u32, u32, Item)> = Vec::new();
    for file in ["order_products__prior.csv", "order_products__train.csv"] {
        rows(folder, file, &["order_id", "add_to_cart_order", "product_id"], |f| {
            if let Some(place) = place.get(&f[0].parse()?) {
                let item = catalogue.item(f[2].parse()?).ok_or("a line of an unknown product")?;
                lines.push((*place, f[1].parse()?, item));
            }
            Ok(())
        })?;
    }
    lines.sort_unstable();
    let mut builder = HistoriesBuilder::new();
    let (mut at, mut basket) = (0, Vec::new());
    for (place, (user, _, _, gap, weekday, hour)) in orders.iter().enumerate() {
        basket.clear();
        while at < lines.len() && lines[at].0 as usize == place {
            basket.push(lines[at].2);
            at += 1;
        }
        builder.push(*user, *gap, *weekday, *hour, &basket)?;
    }
    Ok((catalogue, builder.build()))
}
