//! Trains ALS on an exported matrix and takes its time, or tells the loss of any factors on it.
//!
//!     als_bench train MATRIX OUT --rank 64 --alpha 40 --regularization 0.01 --iterations 10 --threads 2 --steps 3 --seed 0
//!     als_bench loss  MATRIX OUT --rank 64 --alpha 40 --regularization 0.01
//!     als_bench fold  MATRIX OUT --rank 64 --alpha 40 --regularization 0.01
//!
//! MATRIX is a folder with `users.u32`, `products.u32` and `counts.u32`, an entry a pair; OUT one with `users.f32` and
//! `items.f32`, row-major by ascending id: `train` writes them, the others read them. All numbers are little-endian.
//! `--steps 0` solves by Cholesky. Prints one JSON line: the seconds of all iterations, with the start and without the
//! loss; or the loss; or the microseconds of folding in each of the first 10,000 customers. `eval/bench/als_implicit.py` runs it against PyPI `implicit`.

#![expect(clippy::print_stdout, reason = "prints what it measures")]

use std::{error::Error, fs, ops::ControlFlow, path::Path, time::Instant};

use recsys::als::{AlsParams, FactorTable, FoldIn, Interactions, InteractionsBuilder, Solver, loss, train};

/// What the command line says.
struct Arguments {
    command: String,
    matrix: String,
    out: String,
    params: AlsParams,
    threads: usize,
}

fn main() -> Result<(), Box<dyn Error>> {
    let Arguments { command, matrix, out, params, threads } = arguments(std::env::args().skip(1))?;
    let (matrix, out) = (Path::new(&matrix), Path::new(&out));
    let pairs = read_pairs(matrix)?;
    if command == "fold" {
        return fold(pairs, out, &params);
    }
    let mut builder = InteractionsBuilder::new();
    pairs.into_iter().for_each(|(user, product, count)| builder.push(user, product, count));
    let interactions = builder.build()?;
    match command.as_str() {
        "train" => train_and_write(&interactions, &params, threads, out),
        "loss" => {
            let users = read(&out.join("users.f32"), f32::from_le_bytes)?;
            let items = read(&out.join("items.f32"), f32::from_le_bytes)?;
            println!("{{\"loss\": {:e}}}", loss(&interactions, &users, &items, &params)?);
            Ok(())
        }
        other => Err(format!("unknown command {other}: give train, loss or fold").into()),
    }
}

fn arguments(mut given: impl Iterator<Item = String>) -> Result<Arguments, Box<dyn Error>> {
    let mut positional =
        |name: &str| given.next().ok_or(format!("no {name}: give a command, MATRIX and OUT"));
    let (command, matrix, out) = (positional("command")?, positional("MATRIX")?, positional("OUT")?);
    let params = AlsParams {
        rank: 64,
        regularization: 0.01,
        alpha: 40.0,
        iterations: 10,
        seed: 0,
        solver: Solver::default(),
        report_loss: false,
    };
    let mut arguments = Arguments { command, matrix, out, params, threads: 2 };
    while let Some(name) = given.next() {
        let value = given.next().ok_or(format!("no value for {name}"))?;
        let params = &mut arguments.params;
        match name.as_str() {
            "--rank" => params.rank = value.parse()?,
            "--alpha" => params.alpha = value.parse()?,
            "--regularization" => params.regularization = value.parse()?,
            "--iterations" => params.iterations = value.parse()?,
            "--seed" => params.seed = value.parse()?,
            "--threads" => arguments.threads = value.parse()?,
            "--steps" => {
                params.solver = match value.parse()? {
                    0 => Solver::Cholesky,
                    steps => Solver::ConjugateGradient { steps },
                }
            }
            other => return Err(format!("unknown option {other}").into()),
        }
    }
    Ok(arguments)
}

/// Customer, product, count.
type Pair = (u32, u32, u32);

fn read_pairs(folder: &Path) -> Result<Vec<Pair>, Box<dyn Error>> {
    let part = |name: &str| read(&folder.join(name), u32::from_le_bytes);
    let (users, products, counts) = (part("users.u32")?, part("products.u32")?, part("counts.u32")?);
    if users.len() != products.len() || users.len() != counts.len() {
        return Err(format!("the three files of {} differ in length", folder.display()).into());
    }
    let pairs = users.into_iter().zip(products).zip(counts);
    Ok(pairs.map(|((user, product), count)| (user, product, count)).collect())
}

fn read<T>(path: &Path, number: fn([u8; 4]) -> T) -> Result<Vec<T>, Box<dyn Error>> {
    let bytes = fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    let (numbers, rest) = bytes.as_chunks::<4>();
    if !rest.is_empty() {
        return Err(
            format!("{} has {} bytes, it must be a multiple of 4", path.display(), bytes.len()).into()
        );
    }
    Ok(numbers.iter().map(|bytes| number(*bytes)).collect())
}

fn train_and_write(
    interactions: &Interactions,
    params: &AlsParams,
    threads: usize,
    out: &Path,
) -> Result<(), Box<dyn Error>> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    let start = Instant::now();
    let mut seconds = 0.0;
    let model = pool.install(|| {
        train(interactions, params, &mut |_| {
            seconds = start.elapsed().as_secs_f64();
            ControlFlow::Continue(())
        })
    })?;
    for (name, table) in [("users.f32", &model.users), ("items.f32", &model.items)] {
        let bytes: Vec<u8> = table.data().iter().flat_map(|factor| factor.to_le_bytes()).collect();
        fs::write(out.join(name), bytes).map_err(|error| format!("cannot write {name}: {error}"))?;
    }
    println!("{{\"seconds\": {seconds}, \"iterations\": {}}}", params.iterations);
    Ok(())
}

fn fold(pairs: Vec<Pair>, out: &Path, params: &AlsParams) -> Result<(), Box<dyn Error>> {
    let mut ids: Vec<u32> = pairs.iter().map(|pair| pair.1).collect();
    ids.sort_unstable();
    ids.dedup();
    let items = FactorTable::new(ids, params.rank, read(&out.join("items.f32"), f32::from_le_bytes)?)?;
    let gram = items.gram();
    let fold = FoldIn::new(&items, &gram, params.alpha, params.regularization)?;
    let mut microseconds = Vec::new();
    for customer in pairs.chunk_by(|a, b| a.0 == b.0).take(10_000) {
        let purchases: Vec<(u32, u32)> =
            customer.iter().map(|(_, product, count)| (*product, *count)).collect();
        let start = Instant::now();
        let factors = fold.user_factors(customer.first().map_or(0, |pair| pair.0), &purchases)?;
        microseconds.push(start.elapsed().as_micros());
        factors.ok_or("a customer without a known product")?;
    }
    microseconds.sort_unstable();
    let quantile = |share: f64| microseconds[((microseconds.len() - 1) as f64 * share) as usize];
    println!(
        "{{\"p50_us\": {}, \"p99_us\": {}, \"max_us\": {}}}",
        quantile(0.5),
        quantile(0.99),
        quantile(1.0)
    );
    Ok(())
}
