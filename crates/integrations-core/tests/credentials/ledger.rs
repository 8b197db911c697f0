//! What the provider knows: which token was spent when and by whom.

use std::collections::BTreeMap;

/// How long before its end a token is refreshed. Tokens live for [`LIFE`].
pub(crate) const SKEW: i64 = 100;
pub(crate) const LIFE: i64 = 250;

/// One grant: a family of tokens, each the child of the one before.
#[derive(Debug, Default)]
pub(crate) struct Family {
    /// The generations, from the consent on.
    pub(crate) generations: Vec<Generation>,
    /// Which generation was used twice, and by whom. The family is dead since.
    pub(crate) reused: Option<(usize, u64)>,
}

#[derive(Debug)]
pub(crate) struct Generation {
    /// When its access token ends, in milliseconds of the machine's clock.
    pub(crate) ends: i64,
    /// Which process spent its refresh token, and when.
    pub(crate) spent: Option<(u64, i64)>,
}

#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) families: Vec<Family>,
    pub(crate) refreshes: u64,
    /// Refreshes that came before the token was near its end.
    pub(crate) early: Vec<String>,
    pub(crate) calls: u64,
    /// Calls with a token that had ended, or of a family that is dead.
    pub(crate) refused: u64,
    /// What processes say went wrong.
    pub(crate) notes: Vec<String>,
    /// The processes that were killed, with what was going on.
    pub(crate) killed: BTreeMap<u64, &'static str>,
    /// Their ids of the operating system.
    pub(crate) pids: BTreeMap<u64, u32>,
}

/// What the provider gives.
#[derive(Debug)]
pub(crate) struct Given {
    pub(crate) access: String,
    pub(crate) refresh: String,
    pub(crate) ends: i64,
}

fn parse(token: &str) -> Option<(usize, usize)> {
    let mut parts = token.split('-').skip(1);
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

impl Ledger {
    /// The owner consents: a new family.
    pub(crate) fn consent(&mut self, now: i64) -> Given {
        self.families.push(Family::default());
        self.give(self.families.len() - 1, now)
    }

    fn give(&mut self, family: usize, now: i64) -> Given {
        let ends = now + LIFE;
        let generations = &mut self.families[family].generations;
        generations.push(Generation { ends, spent: None });
        let generation = generations.len() - 1;
        Given {
            access: format!("access-{family}-{generation}"),
            refresh: format!("refresh-{family}-{generation}"),
            ends,
        }
    }

    /// A process refreshes. The second use of a token ends the family.
    pub(crate) fn refresh(&mut self, token: &str, process: u64, now: i64) -> Option<Given> {
        let (family, generation) = parse(token)?;
        let there = self.families.get_mut(family)?;
        if there.reused.is_some() {
            return None;
        }
        let spent = there.generations.get_mut(generation)?;
        if spent.spent.is_some() {
            there.reused = Some((generation, process));
            return None;
        }
        spent.spent = Some((process, now));
        if now < spent.ends - SKEW {
            self.early
                .push(format!("{token} {} ms before its end", spent.ends - now));
        }
        self.refreshes += 1;
        Some(self.give(family, now))
    }

    /// Whether a call with this access token is let in.
    pub(crate) fn call(&mut self, token: &str, now: i64) -> bool {
        self.calls += 1;
        let good = parse(token).is_some_and(|(family, generation)| {
            self.families.get(family).is_some_and(|family| {
                let of_token = family.generations.get(generation);
                family.reused.is_none() && of_token.is_some_and(|token| now < token.ends)
            })
        });
        if !good {
            self.refused += 1;
        }
        good
    }

    /// The refresh token of the present family that is not spent.
    pub(crate) fn last_refresh_token(&self) -> String {
        let family = self.families.len() - 1;
        let generation = self.families[family].generations.len() - 1;
        format!("refresh-{family}-{generation}")
    }
}
