//! Lab.
mod source;
use rayon::prelude::*;
use recsys::baselines::{tifu_knn::*, suite};
use recsys::evaluation::{*, bootstrap::Bootstrap, cut::*, metrics::Metric, report::*};
use recsys::next_basket::{network::*, features::*, ranker::*, sources::*};
use recsys::als::{AlsParams, Solver};
use recsys::history::*;
fn env<T: std::str::FromStr>(name: &str, default: T) -> T { std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default) }
struct Set { rows: Vec<f32>, items: Vec<Item>, labels: Vec<bool>, new: Vec<bool>, customer: Vec<u32>, back: Vec<u32>, truth: Vec<u32> }
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("give the folder of the source")?;
    let targets: usize = env("TARGETS", 4);
    let (catalogue, all) = source::read(folder.as_ref(), u32::MAX)?;
    let cut = Cut::new(&all, Stage::Final, None, 7)?;
    let development = Cut::new(&all, Stage::Development, None, 7)?;
    let evaluator = Evaluator::new(&cut, catalogue.len(), Bootstrap::new(1000, 7)?);
    let t = std::time::Instant::now();
    // baselines cached lists
    let cache = "/dev/shm/baselines.json";
    let base: Vec<(Method, Vec<Option<(Vec<Item>, Vec<Item>)>>)> = if let Ok(text) = std::fs::read_to_string(cache) { serde_json::from_str(&text)? } else {
        let found = suite::run(&development, &cut, catalogue.len(), &suite::SuiteParams { configurations: 60, neighbour_pool: None, seed: 7 })?;
        let v: Vec<_> = found.iter().map(|b| { println!("{:?} {:?}", b.method, b.tuned); (b.method, b.lists.iter().map(|l| l.as_ref().map(|l| (l.all.clone(), l.explore.clone()))).collect::<Vec<_>>()) }).collect();
        std::fs::write(cache, serde_json::to_string(&v)?)?;
        v
    };
    println!("baselines {:?}", t.elapsed());
    let base: Vec<(Method, MethodScores)> = base.into_iter().map(|(m, l)| (m, evaluator.score(&l.into_iter().map(|l| l.map(|(all, explore)| Lists { all, explore })).collect::<Vec<_>>()).unwrap())).collect();
    let shown = [Metric::NdcgAt10, Metric::RecallAt10, Metric::RecallAt20, Metric::HitRateAt10, Metric::RepeatRecallAt10, Metric::ExploreRecallAt20];
    let line = |s: &MethodScores| { let mut o = String::new(); for m in shown { let v: Vec<f64> = s.of(m).flatten().collect(); o += &format!(" {:.4}", v.iter().sum::<f64>() / v.len() as f64); } o };
    for (m, s) in &base { println!("{:22}{}", m.name(), line(s)); }
    let params = SourceParams {
        neighbours: TifuParams { grouping: Grouping::Baskets(env("M", 3)), basket_decay: 1.0, group_decay: env("RG", 0.6), neighbours: env("K", 300), alpha: 0.7 },
        taste: AlsParams { rank: env("RANK", 32), regularization: env("LAMBDA", 30.0), alpha: env("ALPHA", 2.0), iterations: 15, seed: 7, solver: Solver::Cholesky, report_loss: false },
        min_pair_baskets: 5, new_candidates: env("EXPLORE", 40) };
    let pool: Vec<u32> = cut.draw_pool(None, 7);
    let sources = Sources::fit(&catalogue, &Visible { histories: &all, before_target: |c: usize| all.of(c).len().saturating_sub(1), before_training: |c: usize| all.of(c).len().saturating_sub(env("HOLD", targets)).max(1).min(all.of(c).len().saturating_sub(1)), pool: &pool }, &params)?;
    println!("sources {:?}", t.elapsed());
    let built: Vec<Set> = (0..all.len()).into_par_iter().map(|c| {
        let whole = all.of(c);
        let mut set = Set { rows: vec![], items: vec![], labels: vec![], new: vec![], customer: vec![], back: vec![], truth: vec![] };
        for back in 1..=targets {
            if whole.len() < back + 1 { break; }
            let history = whole.first(whole.len() - back);
            let truth = whole.basket(whole.len() - back);
            let counted = whole.first(whole.len() - 1);
            let (signals, known) = sources.candidates(Who { customer: Some(c), counted, history }, &[]).unwrap();
            write_rows(Case { catalogue: &catalogue, shop: &sources.shop, counted, history }, &signals, &mut set.rows);
            for s in &signals {
                set.items.push(s.item); set.labels.push(truth.contains(&s.item)); set.new.push(known.binary_search(&s.item).is_err());
                set.customer.push(c as u32); set.back.push(back as u32); set.truth.push(truth.len() as u32);
            }
        }
        set
    }).collect();
    let mut set = Set { rows: vec![], items: vec![], labels: vec![], new: vec![], customer: vec![], back: vec![], truth: vec![] };
    for s in built { set.rows.extend(s.rows); set.items.extend(s.items); set.labels.extend(s.labels); set.new.extend(s.new); set.customer.extend(s.customer); set.back.extend(s.back); set.truth.extend(s.truth); }
    let n = set.items.len();
    println!("rows {n} width {WIDTH} positives {} new positives {} {:?}", set.labels.iter().filter(|l| **l).count(), (0..n).filter(|r| set.labels[*r] && set.new[*r]).count(), t.elapsed());
    let folds: u32 = env("FOLDS", 3);
    let fold = |c: u32| (c.wrapping_mul(2654435761) >> 16) % folds;
    let power: f32 = env("POWER", 0.0);
    let newest: f32 = env("AGE", 1.0);
    let seeds: u64 = env("SEEDS", 1);
    let mut score = vec![0.0_f32; n];
    let mut nscore = vec![0.0_f32; n];
    for f in 0..folds {
        let train: Vec<usize> = (0..n).filter(|r| fold(set.customer[*r]) != f).collect();
        let rows: Vec<f32> = train.iter().flat_map(|r| set.rows[r * WIDTH..(r + 1) * WIDTH].iter().copied()).collect();
        let labels: Vec<bool> = train.iter().map(|r| set.labels[*r]).collect();
        let weights: Vec<f32> = train.iter().map(|r| (set.truth[*r] as f32).powf(-power) * newest.powi(set.back[*r] as i32 - 1)).collect();
        let news: Vec<bool> = train.iter().map(|r| set.new[*r]).collect();
        let nets: u64 = env("NETS", 0);
        if nets > 0 {
            let tt = std::time::Instant::now();
            let scale = Scale::learn(&rows, WIDTH);
            let trained: Vec<Network> = (0..nets).into_par_iter().map(|seed| Network::train(&scale, &rows, &news, &labels, &weights, &NetworkParams { hidden: [64, 32], epochs: env("EPOCHS", 5), learning_rate: env("NLR", 1e-3), l2: env("NL2", 1e-5), seed }).unwrap()).collect();
            let mine: Vec<usize> = (0..n).filter(|r| fold(set.customer[*r]) == f && set.back[*r] == 1).collect();
            let mrows: Vec<f32> = mine.iter().flat_map(|r| set.rows[r * WIDTH..(r + 1) * WIDTH].iter().copied()).collect();
            let mnew: Vec<bool> = mine.iter().map(|r| set.new[*r]).collect();
            for net in &trained { for (r, s) in mine.iter().zip(net.scores(&scale, &mrows, &mnew)) { nscore[*r] += s / nets as f32; } }
            if f == 0 { println!("nets {:?}", tt.elapsed()); }
        }
        for seed in 0..seeds {
            let tt = std::time::Instant::now();
            let ranker = Ranker::train(&rows, WIDTH, &labels, &weights, &RankerParams { trees: env("TREES", 120), learning_rate: env("LR", 0.1), leaves: env("LEAVES", 31), depth: 12, min_leaf_weight: env("MINW", 10.0), l2: 5.0, row_share: env("ROWS", 0.8), feature_share: env("COLS", 0.5), seed })?;
            if f == 0 && seed == 0 { println!("train {:?}", tt.elapsed()); }
            let s: Vec<(usize, f32)> = (0..n).into_par_iter().filter(|r| fold(set.customer[*r]) == f && set.back[*r] == 1).map(|r| (r, ranker.score(&set.rows[r * WIDTH..(r + 1) * WIDTH]))).collect();
            for (r, v) in s { score[r] += v; }
        }
    }
    let evaluate = |score: &[f32]| {
        let mut lists: Vec<Option<Lists>> = Vec::new();
        let mut start = 0;
        for c in cut.scored() {
            while set.customer[start] != *c { start += 1; }
            let mut r = start;
            let mut mine: Vec<usize> = vec![];
            while r < n && set.customer[r] == *c { if set.back[r] == 1 { mine.push(r); } r += 1; }
            start = r.min(n - 1);
            mine.sort_by(|a, b| score[*b].total_cmp(&score[*a]));
            lists.push(Some(Lists { all: mine.iter().take(20).map(|r| set.items[*r]).collect(), explore: mine.iter().filter(|r| set.new[**r]).take(20).map(|r| set.items[*r]).collect() }));
        }
        evaluator.score(&lists).unwrap()
    };
    score.iter_mut().for_each(|s| *s /= seeds as f32);
    println!("{:22}{}", "TREES", line(&evaluate(&score)));
    println!("{:22}{}", "NETS", line(&evaluate(&nscore)));
    for w in [0.3, 0.5, 0.7] { let mix: Vec<f32> = score.iter().zip(&nscore).map(|(a, b)| (1.0 - w) * a + w * b).collect(); println!("{:22}{}", format!("MIX {w}"), line(&evaluate(&mix))); }
    let mix: Vec<f32> = score.iter().zip(&nscore).map(|(a, b)| 0.5 * a + 0.5 * b).collect();
    let ours = evaluate(&mix);
    println!("{:22}{}", "OURS", line(&ours));
    for (m, s) in &base {
        if matches!(m, Method::TifuKnn | Method::PersonalRecency | Method::UpCf) {
            for c in evaluator.compare((Method::NextBasket, &ours), (*m, s), &shown)? {
                if c.group == Group::All || matches!(c.metric, Metric::NdcgAt10 | Metric::RecallAt10 | Metric::HitRateAt10) { println!("  vs {:16} {:?} {:?} {:+.4} [{:+.4}, {:+.4}]", m.name(), c.metric, c.group, c.relative_difference.unwrap_or(0.0), c.low.unwrap_or(0.0), c.high.unwrap_or(0.0)); }
            }
        }
    }
    println!("{:?}", t.elapsed());
    if env("DUMP", 0) == 1 {
        let d = |name: &str, bytes: Vec<u8>| std::fs::write(format!("/dev/shm/dump/{name}"), bytes).unwrap();
        d("x", set.rows.iter().flat_map(|v| v.to_le_bytes()).collect());
        d("items", set.items.iter().flat_map(|v| v.to_le_bytes()).collect());
        d("labels", set.labels.iter().flat_map(|v| u32::from(*v).to_le_bytes()).collect());
        d("users", set.customer.iter().flat_map(|v| v.to_le_bytes()).collect());
        d("backs", set.back.iter().flat_map(|v| v.to_le_bytes()).collect());
        d("names", names().join("\n").into_bytes());
    }
    Ok(())
}
