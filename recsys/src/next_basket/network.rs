//! A small neural network over candidate rows: two hidden layers, trained by Adam on the logistic loss.
//!
//! It errs elsewhere than trees do, so their mean ranks better than either (docs/models/next-basket.md). Inputs are
//! places within the training values ([`Scale`]), so outliers and units do not matter; a missing value is the middle.
//! Training is sequential and seeded: the same rows give the same weights on any number of threads.

use ndarray::{Array1, Array2, ArrayView2, Axis, Slice};
use rand::{RngExt, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::{RecsysError, error::require};

/// Values that a feature's places are read from.
const GRID: usize = 64;

/// Rows that the grid is taken from; evenly spread over all.
const GRID_ROWS: usize = 50_000;

/// Half the width of an input: places 0 to 1 become −1.7 to 1.7, which has a variance near 1.
const HALF_WIDTH: f32 = 1.7;

/// Where a value stands among the training values of its feature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scale {
    /// Ascending values of each feature; empty for one that is always missing.
    grids: Vec<Vec<f32>>,
}

impl Scale {
    /// Learns from rows of `width` features.
    pub fn learn(rows: &[f32], width: usize) -> Self {
        let n = rows.len() / width.max(1);
        let step = n.div_ceil(GRID_ROWS).max(1);
        let grids = (0..width).map(|feature| {
            let mut values: Vec<f32> = rows
                .chunks_exact(width)
                .step_by(step)
                .map(|row| row[feature])
                .filter(|value| !value.is_nan())
                .collect();
            values.sort_by(f32::total_cmp);
            match values.len() {
                0 => Vec::new(),
                // A ratio to a pause of no days is infinite, which JSON cannot hold; the places stay the same.
                found => (0..GRID)
                    .map(|k| values[k * (found - 1) / (GRID - 1)].clamp(f32::MIN, f32::MAX))
                    .collect(),
            }
        });
        Self { grids: grids.collect() }
    }

    /// Inputs a row: a place a feature, and 1 where the product was never bought (its first pair feature is missing).
    fn inputs(&self) -> usize {
        self.grids.len() + 1
    }

    /// All rows as inputs.
    pub fn scaled(&self, rows: &[f32], is_new: &[bool]) -> Array2<f32> {
        let mut data = Array2::<f32>::zeros((is_new.len(), self.inputs()));
        let width = self.grids.len().max(1);
        for ((row, new), mut out) in rows.chunks_exact(width).zip(is_new).zip(data.outer_iter_mut()) {
            if let Some(out) = out.as_slice_mut() {
                self.write(row, *new, out);
            }
        }
        data
    }

    fn write(&self, row: &[f32], is_new: bool, out: &mut [f32]) {
        for ((value, grid), out) in row.iter().zip(&self.grids).zip(out.iter_mut()) {
            *out = match (value.is_nan(), grid.is_empty()) {
                (true, _) | (_, true) => 0.0,
                _ => (place(grid, *value) - 0.5) * 2.0 * HALF_WIDTH,
            };
        }
        if let Some(last) = out.last_mut() {
            *last = f32::from(u8::from(is_new));
        }
    }
}

/// 0 to 1; a value that stands several times in the grid gets the middle of them.
fn place(grid: &[f32], value: f32) -> f32 {
    let below = grid.partition_point(|known| *known < value);
    let until = grid.partition_point(|known| *known <= value);
    let whole = (grid.len() - 1).max(1) as f32;
    if until > below {
        return (below + until - 1) as f32 / 2.0 / whole;
    }
    match (below.checked_sub(1), grid.get(below)) {
        (Some(low), Some(high)) => {
            let from = grid[low];
            (low as f32 + (value - from) / (high - from)) / whole
        }
        (None, _) => 0.0,
        (_, None) => 1.0,
    }
}

/// What shapes a network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NetworkParams {
    /// Neurons of the two hidden layers.
    pub hidden: [usize; 2],
    /// Passes over the rows.
    pub epochs: usize,
    /// Step of Adam.
    pub learning_rate: f32,
    /// Weight of the squares of the weights.
    pub l2: f32,
    /// Of the start and the order of rows.
    pub seed: u64,
}

/// Rows a step.
const BATCH: usize = 512;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "PlainLayer", try_from = "PlainLayer")]
struct Layer {
    /// inputs × outputs
    weights: Array2<f32>,
    bias: Array1<f32>,
}

/// A layer as it is stored: weights input by input.
#[derive(Serialize, Deserialize)]
struct PlainLayer {
    inputs: usize,
    weights: Vec<f32>,
    bias: Vec<f32>,
}

impl From<Layer> for PlainLayer {
    fn from(layer: Layer) -> Self {
        let inputs = layer.weights.nrows();
        Self { inputs, weights: layer.weights.iter().copied().collect(), bias: layer.bias.to_vec() }
    }
}

impl TryFrom<PlainLayer> for Layer {
    type Error = String;

    fn try_from(plain: PlainLayer) -> Result<Self, String> {
        let outputs = plain.bias.len();
        let weights = Array2::from_shape_vec((plain.inputs, outputs), plain.weights)
            .map_err(|e| format!("a layer of {} inputs and {outputs} outputs: {e}", plain.inputs))?;
        Ok(Self { weights, bias: Array1::from_vec(plain.bias) })
    }
}

impl Layer {
    /// He, Zhang, Ren, Sun 2015, uniform.
    fn start(inputs: usize, outputs: usize, rng: &mut ChaCha8Rng) -> Self {
        let bound = (6.0 / inputs as f32).sqrt();
        let weights = Array2::from_shape_simple_fn((inputs, outputs), || rng.random_range(-bound..bound));
        Self { weights, bias: Array1::zeros(outputs) }
    }

    fn forward(&self, input: &ArrayView2<'_, f32>) -> Array2<f32> {
        input.dot(&self.weights) + &self.bias
    }
}

/// First and second moments of the gradients of a layer (Kingma, Ba 2015).
struct Adam {
    weights: [Array2<f32>; 2],
    bias: [Array1<f32>; 2],
}

impl Adam {
    fn new(layer: &Layer) -> Self {
        let (w, b) = (Array2::zeros(layer.weights.dim()), Array1::zeros(layer.bias.dim()));
        Self { weights: [w.clone(), w], bias: [b.clone(), b] }
    }

    fn step(&mut self, layer: &mut Layer, weights: &Array2<f32>, bias: &Array1<f32>, rate: f32) {
        let [first, second] = &mut self.weights;
        moved(layer.weights.iter_mut(), first.iter_mut(), second.iter_mut(), weights.iter(), rate);
        let [first, second] = &mut self.bias;
        moved(layer.bias.iter_mut(), first.iter_mut(), second.iter_mut(), bias.iter(), rate);
    }
}

fn moved<'a>(
    values: impl Iterator<Item = &'a mut f32>,
    first: impl Iterator<Item = &'a mut f32>,
    second: impl Iterator<Item = &'a mut f32>,
    gradients: impl Iterator<Item = &'a f32>,
    rate: f32,
) {
    for (((value, first), second), gradient) in values.zip(first).zip(second).zip(gradients) {
        *first = 0.9 * *first + 0.1 * gradient;
        *second = 0.999 * *second + 0.001 * gradient * gradient;
        *value -= rate * *first / (second.sqrt() + 1e-8);
    }
}

/// A trained network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Network {
    layers: [Layer; 3],
}

impl Network {
    /// Trains on scaled rows ([`Scale::scaled`], one copy for all networks); `weights` are relative.
    pub fn train(
        data: &Array2<f32>,
        labels: &[bool],
        weights: &[f32],
        params: &NetworkParams,
    ) -> Result<Self, RecsysError> {
        let (n, inputs) = data.dim();
        require(n >= 1, "rows to learn from", n, "at least 1")?;
        let same = labels.len() == n && weights.len() == n;
        require(same, "labels and weights", labels.len(), "one of each a row")?;
        let mean_weight = weights.iter().map(|w| f64::from(*w)).sum::<f64>() / n as f64;
        let mut rng = ChaCha8Rng::seed_from_u64(params.seed);
        let [one, two] = params.hidden;
        let mut layers = [
            Layer::start(inputs, one, &mut rng),
            Layer::start(one, two, &mut rng),
            Layer::start(two, 1, &mut rng),
        ];
        let mut adam = [Adam::new(&layers[0]), Adam::new(&layers[1]), Adam::new(&layers[2])];
        let mut order: Vec<usize> = (0..n).collect();
        let steps = params.epochs * n.div_ceil(BATCH);
        let mut step = 0_usize;
        for _ in 0..params.epochs {
            order.shuffle(&mut rng);
            for batch in order.chunks(BATCH) {
                step += 1;
                let x = data.select(Axis(0), batch);
                let a = layers[0].forward(&x.view()).mapv_into(|v| v.max(0.0));
                let b = layers[1].forward(&a.view()).mapv_into(|v| v.max(0.0));
                let z = layers[2].forward(&b.view());
                let mut error = Array2::<f32>::zeros((batch.len(), 1));
                for ((row, z), error) in batch.iter().zip(&z).zip(error.iter_mut()) {
                    let p = 1.0 / (1.0 + (-z).exp());
                    let weight = weights[*row] / mean_weight as f32;
                    *error = weight * (p - f32::from(u8::from(labels[*row]))) / batch.len() as f32;
                }
                let back_b = back(&error, &layers[2], &b);
                let back_a = back(&back_b, &layers[1], &a);
                // The step falls to a twentieth along a cosine, and is corrected for the young moments.
                let along = step as f32 / steps as f32;
                let falling = 0.05 + 0.475 * (1.0 + (std::f32::consts::PI * along).cos());
                let young = (1.0 - 0.999_f32.powi(step as i32)).sqrt() / (1.0 - 0.9_f32.powi(step as i32));
                let rate = params.learning_rate * falling * young;
                for (place, (input, error)) in
                    [(&x, &back_a), (&a, &back_b), (&b, &error)].into_iter().enumerate()
                {
                    let gradient = input.t().dot(error) + &layers[place].weights * params.l2;
                    let bias = error.sum_axis(Axis(0));
                    adam[place].step(&mut layers[place], &gradient, &bias, rate);
                }
            }
        }
        Ok(Self { layers })
    }

    /// Whether the layers fit each other and rows of `width` features: they come from a file.
    pub(super) fn check(&self, scale: &Scale, width: usize) -> Result<(), RecsysError> {
        require(scale.grids.len() == width, "features of the scale", scale.grids.len(), "those of the rows")?;
        let mut inputs = scale.inputs();
        for layer in &self.layers {
            require(
                layer.weights.nrows() == inputs,
                "inputs of a layer",
                layer.weights.nrows(),
                "the outputs before it",
            )?;
            inputs = layer.weights.ncols();
        }
        require(inputs == 1, "outputs of the network", inputs, "1")
    }

    /// Log-odds of rows, one a row.
    fn scores(&self, inputs: &ArrayView2<'_, f32>) -> Array2<f32> {
        let a = self.layers[0].forward(inputs).mapv_into(|v| v.max(0.0));
        let b = self.layers[1].forward(&a.view()).mapv_into(|v| v.max(0.0));
        self.layers[2].forward(&b.view())
    }
}

/// Adds `share` of each network's log-odds to the scores of rows. The inputs are made once for all networks: looking a
/// value's place up costs as much as a network.
pub(super) fn add_scores(
    networks: &[Network],
    scale: &Scale,
    (rows, is_new): (&[f32], &[bool]),
    share: f32,
    scores: &mut [f32],
) {
    let (width, n) = (scale.grids.len(), is_new.len());
    let mut data = Array2::<f32>::zeros((BATCH.min(n), scale.inputs()));
    let batches = rows.chunks(width * BATCH).zip(is_new.chunks(BATCH)).zip(scores.chunks_mut(BATCH));
    for ((rows, new), scores) in batches {
        for ((row, new), mut out) in rows.chunks_exact(width).zip(new).zip(data.outer_iter_mut()) {
            if let Some(out) = out.as_slice_mut() {
                scale.write(row, *new, out);
            }
        }
        let inputs = data.slice_axis(Axis(0), Slice::from(..new.len()));
        for network in networks {
            let parts = network.scores(&inputs);
            scores.iter_mut().zip(parts).for_each(|(score, part)| *score += share * part);
        }
    }
}

/// The error before a layer, where its input was positive.
fn back(error: &Array2<f32>, layer: &Layer, input: &Array2<f32>) -> Array2<f32> {
    let mut before = error.dot(&layer.weights.t());
    before.zip_mut_with(input, |error, input| {
        if *input <= 0.0 {
            *error = 0.0;
        }
    });
    before
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_of_infinite_ratios_survives_json_and_keeps_its_places() {
        let rows: Vec<f32> =
            (0..200).map(|row| if row % 50 == 0 { f32::INFINITY } else { row as f32 }).collect();
        let scale = Scale::learn(&rows, 1);
        let read: Scale = serde_json::from_str(&serde_json::to_string(&scale).unwrap()).unwrap();
        assert_eq!(read, scale);
        let of = |value: f32| {
            let mut out = [0.0; 2];
            scale.write(&[value], false, &mut out);
            out[0]
        };
        assert!((of(f32::INFINITY) - HALF_WIDTH).abs() < 1e-6);
        assert!(of(10.0) < of(100.0) && of(199.0) < of(f32::INFINITY));
    }
}
