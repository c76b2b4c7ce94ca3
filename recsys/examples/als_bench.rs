//! Trains ALS on an exported matrix and takes its time, or tells the loss of any factors on it.
//!
//!     als_bench train MATRIX OUT --rank 64 --alpha 40 --regularization 0.01 --iterations 10 --threads 2 --steps 3 --seed 0
//!     als_bench loss  MATRIX OUT --rank 64 --alpha 40 --regularization 0.01
//!
//! MATRIX is a folder with `users.u32`, `products.u32` and `counts.u32`, an entry a pair; OUT one with `users.f32` and
//! `items.f32`, row-major by ascending id: `train` writes them, `loss` reads them. All numbers are little-endian.
//! `--steps 0` solves by Cholesky. Prints one JSON line: the seconds of all iterations, with the start and without the
//! loss, or the loss. `eval/bench/als_implicit.py` runs it against PyPI `implicit`.

#![expect(clippy::print_stdout, reason = "prints what it measures")]

use std::{error::Error, fs, ops::ControlFlow, path::Path, time::Instant};

use recsys::als::{AlsParams, Interactions, InteractionsBuilder, Solver, loss, train};

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
    let interactions = read_matrix(matrix)?;
    match command.as_str() {
        "train" => train_and_write(&interactions, &params, threads, out),
        "loss" => {
            let users = read(&out.join("users.f32"), f32::from_le_bytes)?;
            let items = read(&out.join("items.f32"), f32::from_le_bytes)?;
            println!("{{\"loss\": {:e}}}", loss(&interactions, &users, &items, &params)?);
            Ok(())
        }
        other => Err(format!("unknown command {other}: give train or loss").into()),
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

fn read_matrix(folder: &Path) -> Result<Interactions, Box<dyn Error>> {
    let part = |name: &str| read(&folder.join(name), u32::from_le_bytes);
    let (users, products, counts) = (part("users.u32")?, part("products.u32")?, part("counts.u32")?);
    if users.len() != products.len() || users.len() != counts.len() {
        return Err(format!("the three files of {} differ in length", folder.display()).into());
    }
    let mut builder = InteractionsBuilder::new();
    for ((user, product), count) in users.into_iter().zip(products).zip(counts) {
        builder.push(user, product, count);
    }
    Ok(builder.build()?)
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
