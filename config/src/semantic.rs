//! The semantic model: what the metrics mean, in MetricFlow's words.
