//! The umbrella's features: a category has every provider of it.

use std::collections::{BTreeMap, BTreeSet};

use integrations::Category;

use crate::arrows::workspace;

type Features = BTreeMap<String, Vec<String>>;

/// Everything that a feature switches on.
fn closure(features: &Features, of: &str) -> BTreeSet<String> {
    let mut on = BTreeSet::new();
    let mut left = vec![of.to_owned()];
    while let Some(name) = left.pop() {
        if on.insert(name.clone()) {
            left.extend(features.get(&name).into_iter().flatten().cloned());
        }
    }
    on
}

fn umbrella() -> Features {
    let packages = workspace().into_iter();
    let mut found = packages.filter(|package| package.name == "integrations");
    found.next().unwrap().features
}

#[test]
fn a_category_has_its_trait_and_every_provider_of_it() {
    let features = umbrella();
    for category in Category::BUILT_IN {
        let on = closure(&features, category.as_str());
        assert!(on.contains(&format!("_{category}")), "{category}: {on:?}");
        for factory in integrations::registry().factories() {
            let provider = factory.name().replace('_', "-");
            assert_eq!(
                on.contains(&provider),
                *factory.category() == category,
                "{category}, {provider}: {on:?}"
            );
        }
    }
}

#[test]
fn all_has_every_category_and_a_provider_has_its_own() {
    let features = umbrella();
    let all = closure(&features, "all");
    for category in Category::BUILT_IN {
        assert!(all.contains(&format!("_{category}")), "{category}");
    }
    for factory in integrations::registry().factories() {
        let on = closure(&features, &factory.name().replace('_', "-"));
        let own = format!("_{}", factory.category());
        let traits: Vec<&String> = on.iter().filter(|name| is_category(name)).collect();
        assert_eq!(traits, [&own], "{}", factory.name());
    }
}

fn is_category(feature: &str) -> bool {
    let name = feature.strip_prefix('_').unwrap_or_default();
    Category::BUILT_IN
        .iter()
        .any(|category| category.as_str() == name)
}
