//! The peak memory of this process, as the kernel counts it.

use std::fs;

/// The highest resident set size so far in bytes (`VmHWM` of `/proc/self/status`); 0 where the system has no such file.
pub fn peak_rss_bytes() -> u64 {
    fs::read_to_string("/proc/self/status").ok().and_then(|status| parse_peak(&status)).unwrap_or(0)
}

fn parse_peak(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_line_is_understood() {
        assert_eq!(parse_peak("VmPeak:\t  10 kB\nVmHWM:\t    2048 kB\nVmRSS: 1 kB\n"), Some(2_097_152));
        assert_eq!(parse_peak("no such line"), None);
    }
}
