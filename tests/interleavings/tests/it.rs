//! Each model, under every interleaving.

use integrations_interleavings::guard;

macro_rules! models {
    ($($name:ident),+ $(,)?) => {$(
        #[test]
        fn $name() {
            loom::model(guard::$name);
        }
    )+};
}

models!(
    one_call_probes,
    a_dropped_probe_frees_its_place,
    the_circuit_opens_once,
    a_late_failure_does_not_undo_the_probe,
    a_token_is_spent_once,
    a_budget_is_full_and_never_fuller,
    the_status_agrees_with_itself,
);
