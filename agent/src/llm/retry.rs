//! One call of a model, bounded in time and tried again where it failed in passing.
//!
//! Waits `BACK_OFF_MS * 2^n` between tries, or what the provider asked for (`Retry-After`); gives up when the wait would
//! not end within the turn's time. Exponential back-off as in RFC 9110 §10.2.3 clients; one asker a turn, so no jitter.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::{ChatModel, ModelError, ModelReply, ModelRequest};

/// The first wait: long enough for a connection to come back, short beside a reply of seconds.
const BACK_OFF_MS: u64 = 200;

/// How a call is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Milliseconds of one try.
    pub timeout_ms: u64,
    /// Tries after the first.
    pub retries: u32,
}

/// Calls the model under the policy; the last try's error is the result. `request.wait_ms` bounds all tries together.
pub async fn complete(
    model: &dyn ChatModel,
    request: &ModelRequest,
    policy: RetryPolicy,
) -> Result<ModelReply, ModelError> {
    let give_up = Instant::now() + Duration::from_millis(request.wait_ms);
    let mut tries = 0;
    loop {
        let left = give_up.saturating_duration_since(Instant::now());
        let limit = left.min(Duration::from_millis(policy.timeout_ms));
        let limit_ms = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
        let error = match timeout(limit, model.complete(request)).await {
            Ok(Ok(reply)) => return Ok(reply),
            Ok(Err(error)) => error,
            Err(_elapsed) => ModelError::Timeout { limit_ms },
        };
        let wait = back_off(&error, tries);
        let in_time = Instant::now() + wait < give_up;
        if tries >= policy.retries || !error.is_retryable() || !in_time {
            return Err(error);
        }
        tracing::warn!(%error, tries, wait_ms = wait.as_millis(), "model call failed, trying again");
        sleep(wait).await;
        tries += 1;
    }
}

fn back_off(error: &ModelError, tries: u32) -> Duration {
    let asked = match error {
        ModelError::RateLimited { retry_after_ms } => *retry_after_ms,
        _ => None,
    };
    let own = BACK_OFF_MS.saturating_mul(2_u64.saturating_pow(tries));
    Duration::from_millis(asked.unwrap_or(own))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use async_trait::async_trait;

    use super::*;

    /// Fails the first `failures` calls with `error`.
    struct Flaky {
        failures: u32,
        error: ModelError,
        calls: AtomicU32,
    }

    #[async_trait]
    impl ChatModel for Flaky {
        fn name(&self) -> &str {
            "flaky"
        }

        async fn complete(&self, _request: &ModelRequest) -> Result<ModelReply, ModelError> {
            if self.calls.fetch_add(1, Ordering::SeqCst) < self.failures {
                return Err(self.error.clone());
            }
            Ok(ModelReply { text: "done".into(), ..ModelReply::default() })
        }
    }

    async fn check(failures: u32, error: ModelError, retries: u32) -> (bool, u32) {
        let model = Flaky { failures, error, calls: AtomicU32::new(0) };
        let request = ModelRequest {
            system: String::new(),
            messages: Vec::new(),
            tools: Vec::new(),
            max_output_tokens: 16,
            wait_ms: 5_000,
        };
        let reply = complete(&model, &request, RetryPolicy { timeout_ms: 1_000, retries }).await;
        (reply.is_ok(), model.calls.load(Ordering::SeqCst))
    }

    #[tokio::test]
    async fn what_failed_in_passing_is_tried_again_as_often_as_allowed() {
        let transient = || ModelError::Transient("reset".into());
        assert_eq!(check(1, transient(), 1).await, (true, 2));
        assert_eq!(check(2, transient(), 1).await, (false, 2));
        assert_eq!(check(1, transient(), 0).await, (false, 1));
    }

    #[tokio::test]
    async fn a_refusal_is_not_tried_again() {
        assert_eq!(check(1, ModelError::Permanent("wrong key".into()), 3).await, (false, 1));
        assert_eq!(check(1, ModelError::ContextTooLong("9k".into()), 3).await, (false, 1));
    }

    #[tokio::test]
    async fn a_wait_longer_than_the_turn_is_not_begun() {
        let limited = |ms| ModelError::RateLimited { retry_after_ms: Some(ms) };
        assert_eq!(check(1, limited(60_000), 3).await, (false, 1));
        assert_eq!(check(1, limited(50), 3).await, (true, 2));
    }
}
