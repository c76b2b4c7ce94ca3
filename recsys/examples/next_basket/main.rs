//! Lab: dumps features.
mod source;
use recsys::next_basket::{features::*, tally::Shop};
use std::io::Write;
fn dump<T>(name: &str, data: &[T], bytes: impl Fn(&T) -> Vec<u8>) {
    let mut f = std::io::BufWriter::new(std::fs::File::create(format!("/dev/shm/dump/{name}")).unwrap());
    for d in data { f.write_all(&bytes(d)).unwrap(); }
}
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("give the folder of the source")?;
    let targets: usize = std::env::args().nth(2).map_or(4, |t| t.parse().unwrap());
    let (catalogue, all) = source::read(folder.as_ref(), u32::MAX)?;
    println!("{} products, {} customers, {} lines", catalogue.len(), all.len(), all.line_count());
    let cut = |c: usize| all.of(c).len().saturating_sub(1);
    let t = std::time::Instant::now();
    let shop = Shop::count(&catalogue, &all, cut);
    println!("shop {:?}", t.elapsed());
    std::fs::create_dir_all("/dev/shm/dump")?;
    let (mut rows, mut items, mut labels, mut users, mut backs, mut groups) = (vec![], vec![], vec![], vec![], vec![], vec![]);
    let mut truths = vec![]; // user, back, truth size, group
    for c in 0..all.len() {
        let whole = all.of(c);
        for back in 1..=targets {
            if whole.len() < back + 1 { break; }
            let history = whole.first(whole.len() - back);
            let truth = whole.basket(whole.len() - back);
            let view = View { catalogue: &catalogue, shop: &shop, counted: whole.first(cut(c)), history };
            let before = items.len();
            repeat_rows(&view, &mut items, &mut rows);
            for i in &items[before..] {
                labels.push(u32::from(truth.contains(i)));
                users.push(c as u32); backs.push(back as u32); groups.push(u32::from(all.last_is_open(c)));
            }
            truths.extend([c as u32, back as u32, truth.len() as u32, u32::from(all.last_is_open(c))]);
        }
    }
    println!("features {:?}", t.elapsed());
    dump("x", &rows, |v| v.to_le_bytes().to_vec());
    for (n, d) in [("items", &items), ("labels", &labels), ("users", &users), ("backs", &backs), ("groups", &groups), ("truths", &truths)] { dump(n, d, |v| v.to_le_bytes().to_vec()); }
    std::fs::write("/dev/shm/dump/names", REPEAT_FEATURES.join("\n"))?;
    Ok(())
}
