//! Numbers that look random, the same for the same seed.

/// SplitMix64.
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From the first to the last, both included.
    pub(crate) fn within(&mut self, first: i64, last: i64) -> i64 {
        let count = u64::try_from(last - first + 1).unwrap();
        first + i64::try_from(self.next() % count).unwrap()
    }

    /// True so many times in a hundred.
    pub(crate) fn percent(&mut self, chance: i64) -> bool {
        self.within(1, 100) <= chance
    }

    pub(crate) fn one_of<T: Copy>(&mut self, list: &[T]) -> T {
        let at = self.within(0, i64::try_from(list.len()).unwrap() - 1);
        list[usize::try_from(at).unwrap()]
    }
}
