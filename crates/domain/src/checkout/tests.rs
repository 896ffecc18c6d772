use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Feeds inputs in and writes down the commands.
fn walk(inputs: &[Input]) -> (Checkout, Vec<Command>) {
    let mut commands = Vec::new();
    let mut state = Checkout::default();
    for &input in inputs {
        let (next, more) = step(&state, input);
        state = next;
        commands.extend(more);
    }
    (state, commands)
}

const RESERVED: Input = Input::Reserved { round: 1 };
const OPENED: Input = Input::SessionOpened { attempt: 1 };
const CAPTURED: Input = Input::Captured { attempt: 1 };
const CLOSED: Input = Input::SessionClosed { attempt: 1 };
const RESERVE: Command = Command::ReserveSeats { round: 1 };
const OPEN: Command = Command::OpenSession { attempt: 1 };
const EXPIRE: Command = Command::ExpireSession { attempt: 1 };
const COMMIT: Command = Command::CommitOrder { round: 1, attempt: Some(1) };
const SETTLE: Command = Command::SettleHold { round: 1 };

fn release(reason: Reason) -> Command {
    Command::ReleaseSeats { round: 1, reason }
}

#[test]
fn a_buyer_pays_on_the_page() {
    let committed = Input::Committed { round: 1 };
    let (state, commands) = walk(&[
        Input::Begin(Method::Hosted),
        RESERVED,
        OPENED,
        CAPTURED,
        committed,
        Input::Settled { round: 1 },
    ]);
    assert_eq!(commands, [RESERVE, OPEN, COMMIT, SETTLE]);
    assert_eq!((state.phase, state.order_status()), (Phase::Completed, Some(OrderStatus::Completed)));
    assert_eq!(state.payment_status(), PaymentStatus::Captured);
    assert!(state.is_over());
}

#[test]
fn a_declined_card_keeps_the_seats_and_another_is_tried() {
    let declined = Input::Declined { attempt: 1 };
    let (state, commands) = walk(&[Input::Begin(Method::Direct), RESERVED, declined]);
    assert_eq!((state.phase, state.payment_status()), (Phase::Ready, PaymentStatus::Failed));
    assert_eq!(commands, [RESERVE, Command::Charge { attempt: 1 }]);
    let (state, commands) = step(&state, Input::Pay(Method::Direct));
    assert_eq!(commands, [Command::Charge { attempt: 2 }]);
    let (_, commands) = step(&state, Input::Captured { attempt: 2 });
    assert_eq!(commands, [Command::CommitOrder { round: 1, attempt: Some(2) }]);
}

#[test]
fn a_decline_on_the_page_leaves_it_open() {
    let (state, commands) =
        walk(&[Input::Begin(Method::Hosted), RESERVED, OPENED, Input::Declined { attempt: 1 }]);
    assert_eq!((state.phase, commands.as_slice()), (Phase::AwaitingPayment, [RESERVE, OPEN].as_slice()));
}

#[test]
fn at_the_deadline_the_page_is_closed_before_the_seats_go() {
    let (state, commands) = walk(&[Input::Begin(Method::Hosted), RESERVED, OPENED, Input::Deadline]);
    assert_eq!(commands, [RESERVE, OPEN, EXPIRE]);
    let (state, commands) = step(&state, CLOSED);
    assert_eq!(commands, [release(Reason::Deadline)]);
    let (state, commands) = step(&state, Input::Released { round: 1 });
    assert_eq!((state.order_status(), commands.as_slice()), (Some(OrderStatus::Expired), [].as_slice()));
}

#[test]
fn who_was_faster_than_the_deadline_gets_the_tickets() {
    let (_, commands) =
        walk(&[Input::Begin(Method::Hosted), RESERVED, OPENED, Input::Deadline, CAPTURED, CLOSED]);
    assert_eq!(commands, [RESERVE, OPEN, EXPIRE, COMMIT]);
}

#[test]
fn late_money_gets_the_same_seats_or_goes_back() {
    let gone = [
        Input::Begin(Method::Hosted),
        RESERVED,
        OPENED,
        Input::Abandon,
        CLOSED,
        Input::Released { round: 1 },
    ];
    let (state, _) = walk(&gone);
    let (state, commands) = step(&state, CAPTURED);
    assert_eq!(commands, [Command::ReserveSeats { round: 2 }]);
    let (_, commands) = step(&state, Input::Reserved { round: 2 });
    assert_eq!(commands, [Command::CommitOrder { round: 2, attempt: Some(1) }]);
    let (state, commands) = step(&state, Input::ReserveRefused { round: 2 });
    assert_eq!(commands, [Command::Refund { attempt: 1 }]);
    assert_eq!(state.order_status(), Some(OrderStatus::Cancelled));
    assert!(!state.is_over());
    assert_eq!(step(&state, Input::Retry).1, [Command::Refund { attempt: 1 }]);
    assert!(step(&state, Input::Refunded { attempt: 1 }).0.is_over());
}

#[test]
fn a_challenge_turns_a_charge_into_a_page() {
    let challenge = Input::ChallengeRequired { attempt: 1 };
    let (_, commands) = walk(&[Input::Begin(Method::Direct), RESERVED, challenge, CLOSED]);
    assert_eq!(commands[2..], [EXPIRE, Command::OpenSession { attempt: 2 }]);
}

#[test]
fn leaving_while_the_page_opens_closes_it_when_it_is_there() {
    let (_, commands) = walk(&[Input::Begin(Method::Hosted), RESERVED, Input::Abandon, OPENED, CLOSED]);
    assert_eq!(commands, [RESERVE, OPEN, EXPIRE, release(Reason::Abandoned)]);
}

#[test]
fn an_order_that_costs_nothing_needs_no_payment() {
    let (state, commands) = walk(&[Input::Begin(Method::Free), RESERVED]);
    assert_eq!(commands, [RESERVE, Command::CommitOrder { round: 1, attempt: None }]);
    assert_eq!(state.payment_status(), PaymentStatus::None);
}

#[test]
fn a_lost_claim_gives_the_money_back() {
    let (_, commands) =
        walk(&[Input::Begin(Method::Hosted), RESERVED, OPENED, CAPTURED, Input::CommitRefused { round: 1 }]);
    assert_eq!(commands[3..], [release(Reason::SeatsLost), Command::Refund { attempt: 1 }]);
}

#[test]
fn an_order_that_turns_out_to_be_completed_is_settled_and_not_given_back() {
    let (state, _) =
        walk(&[Input::Begin(Method::Hosted), RESERVED, OPENED, CAPTURED, Input::CommitRefused { round: 1 }]);
    let (state, commands) = step(&state, Input::Committed { round: 1 });
    assert_eq!((state.phase, commands.as_slice()), (Phase::Settling, [SETTLE].as_slice()));
    assert_eq!(state.order_status(), Some(OrderStatus::Completed));
}

#[test]
fn a_state_survives_its_stored_form() {
    let (state, _) = walk(&[Input::Begin(Method::Hosted), RESERVED, OPENED, Input::Deadline]);
    let json = serde_json::to_string(&state).unwrap();
    assert_eq!(serde_json::from_str::<Checkout>(&json).unwrap(), state);
}

#[test]
fn names_of_statuses_come_back() {
    for status in [OrderStatus::Placed, OrderStatus::Completed, OrderStatus::Cancelled, OrderStatus::Expired]
    {
        assert_eq!(OrderStatus::named(status.name()), Some(status));
    }
    assert_eq!(PaymentStatus::named("open"), None);
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum AtProvider {
    /// Money may come.
    Open,
    /// Money came.
    Taken,
    /// Dead.
    Closed,
}

/// The world that a checkout runs in: a provider, the stores, and a post that loses, repeats and reorders.
#[derive(Debug, Default)]
struct World {
    state: Checkout,
    provider: BTreeMap<u32, AtProvider>,
    /// Attempts that are charges; a declined one is closed, a page is not.
    charges: BTreeSet<u32>,
    refunded: BTreeSet<u32>,
    /// How each round was answered.
    reserved: BTreeMap<u32, bool>,
    /// Rounds whose claim is over.
    released: BTreeSet<u32>,
    /// The round in which the seats are claimed.
    claimed: Option<u32>,
    committed: Option<Option<u32>>,
    orders: Vec<Command>,
    answers: Vec<Input>,
    seats_gone: bool,
}

impl World {
    fn feed(&mut self, input: Input) -> Result<(), TestCaseError> {
        let (next, commands) = step(&self.state, input);
        // What is repeated changes nothing and commands nothing, a retry aside.
        if input != Input::Retry && !matches!(input, Input::Pay(_)) {
            let (again, more) = step(&next, input);
            prop_assert_eq!(&again, &next, "{:?} twice", input);
            prop_assert!(more.is_empty(), "{:?} twice commands {:?}", input, more);
        }
        for command in &commands {
            let open = self.provider.iter().filter(|(_, s)| **s == AtProvider::Open).map(|(a, _)| *a);
            match *command {
                Command::ReleaseSeats { .. } => {
                    prop_assert_eq!(open.count(), 0, "release while open");
                    let unsent = |c: &Command| {
                        matches!(c, Command::OpenSession { attempt } | Command::Charge { attempt }
                        if !self.provider.contains_key(attempt))
                    };
                    prop_assert!(!self.orders.iter().any(unsent), "release while an opening is under way");
                }
                Command::CommitOrder { attempt: Some(attempt), .. } => {
                    prop_assert_eq!(self.provider.get(&attempt), Some(&AtProvider::Taken));
                }
                Command::CommitOrder { attempt: None, .. } => prop_assert_eq!(next.attempt, 0),
                Command::OpenSession { attempt } | Command::Charge { attempt } => {
                    prop_assert!(open.into_iter().all(|other| other == attempt), "two attempts open");
                }
                _ => {}
            }
        }
        self.state = next;
        self.orders.extend(commands);
        Ok(())
    }

    /// Carries a command out and answers; doing it twice has one effect.
    fn run(&mut self, command: Command, luck: u8) {
        if let Command::Charge { attempt } = command {
            self.charges.insert(attempt);
        }
        let answer = match command {
            Command::ReserveSeats { round } => {
                let fits = !self.seats_gone && !luck.is_multiple_of(4);
                // A repetition gets the same answer; that of a round that is over must not claim anew.
                if *self.reserved.entry(round).or_insert(fits) {
                    if !self.released.contains(&round) {
                        self.claimed = Some(round)
                    }
                    Input::Reserved { round }
                } else {
                    Input::ReserveRefused { round }
                }
            }
            Command::OpenSession { attempt } => match self.provider.get(&attempt) {
                None if luck.is_multiple_of(5) => Input::SessionFailed { attempt: self.close(attempt) },
                None => {
                    self.provider.insert(attempt, AtProvider::Open);
                    if luck % 5 == 1 { Input::Unknown { attempt } } else { Input::SessionOpened { attempt } }
                }
                Some(AtProvider::Open) => Input::SessionOpened { attempt },
                Some(AtProvider::Taken) => Input::Captured { attempt },
                Some(AtProvider::Closed) => Input::SessionFailed { attempt },
            },
            Command::Charge { attempt } => match self.provider.get(&attempt) {
                None => match luck % 6 {
                    0 => Input::Declined { attempt: self.close(attempt) },
                    1 => {
                        self.provider.insert(attempt, AtProvider::Open);
                        Input::ChallengeRequired { attempt }
                    }
                    2 => {
                        self.provider.insert(attempt, AtProvider::Open);
                        Input::ChargePending { attempt }
                    }
                    3 => {
                        self.provider.insert(attempt, AtProvider::Open);
                        Input::Unknown { attempt }
                    }
                    4 => {
                        self.provider.insert(attempt, AtProvider::Taken);
                        Input::Unknown { attempt }
                    }
                    _ => {
                        self.provider.insert(attempt, AtProvider::Taken);
                        Input::Captured { attempt }
                    }
                },
                Some(AtProvider::Open) => Input::ChargePending { attempt },
                Some(AtProvider::Taken) => Input::Captured { attempt },
                Some(AtProvider::Closed) => Input::Declined { attempt },
            },
            Command::ExpireSession { attempt } => match self.provider.get(&attempt) {
                Some(AtProvider::Taken) => Input::Captured { attempt },
                _ => Input::SessionClosed { attempt: self.close(attempt) },
            },
            Command::CommitOrder { round, attempt } => {
                if self.committed.is_none() && self.claimed == Some(round) && luck.is_multiple_of(8) {
                    self.released.insert(round);
                    self.claimed = None
                }
                if self.committed.is_none() && self.claimed != Some(round) {
                    Input::CommitRefused { round }
                } else {
                    self.committed.get_or_insert(attempt);
                    Input::Committed { round }
                }
            }
            Command::SettleHold { round } => Input::Settled { round },
            Command::ReleaseSeats { round, .. } => {
                self.released.insert(round);
                if self.claimed == Some(round) {
                    self.claimed = None;
                    self.seats_gone = luck.is_multiple_of(2)
                }
                Input::Released { round }
            }
            Command::Refund { attempt } => {
                self.refunded.insert(attempt);
                Input::Refunded { attempt }
            }
        };
        self.answers.push(answer);
    }

    fn close(&mut self, attempt: u32) -> u32 {
        self.provider.insert(attempt, AtProvider::Closed);
        attempt
    }

    /// The buyer, or the bank, does something on the provider's side; a webhook tells.
    fn provider_acts(&mut self, luck: u8) {
        let open = self.provider.iter().find(|(_, s)| **s == AtProvider::Open).map(|(a, _)| *a);
        match (open, luck % 8) {
            (Some(attempt), 0..=4) => {
                self.provider.insert(attempt, AtProvider::Taken);
                self.answers.push(Input::Captured { attempt });
            }
            (Some(attempt), 5) => {
                let attempt = self.close(attempt);
                self.answers.push(Input::SessionClosed { attempt })
            }
            (Some(attempt), _) => {
                if self.charges.contains(&attempt) {
                    self.close(attempt);
                }
                self.answers.push(Input::Declined { attempt });
            }
            // Against its word, the provider takes the money of a closed attempt.
            (None, 0) => {
                if let Some((&attempt, state)) =
                    self.provider.iter_mut().next_back().filter(|(_, s)| **s == AtProvider::Closed)
                {
                    *state = AtProvider::Taken;
                    self.answers.push(Input::Captured { attempt });
                }
            }
            _ => {}
        }
    }

    fn quiet(&mut self) -> Result<(), TestCaseError> {
        for round in 0..200 {
            for command in std::mem::take(&mut self.orders) {
                self.run(command, 2 + round % 2)
            }
            for (attempt, state) in &self.provider {
                if *state == AtProvider::Taken {
                    self.answers.push(Input::Captured { attempt: *attempt })
                }
            }
            for answer in std::mem::take(&mut self.answers) {
                self.feed(answer)?
            }
            if self.state.is_over() && self.orders.is_empty() {
                return Ok(());
            }
            self.feed(Input::Deadline)?;
            self.feed(Input::Retry)?;
        }
        Err(TestCaseError::fail(format!("never over: {:?}", self.state)))
    }
}

fn method() -> impl Strategy<Value = Method> {
    prop_oneof![4 => Just(Method::Hosted), 4 => Just(Method::Direct), 1 => Just(Method::Free)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn whatever_happens_money_and_seats_agree_in_the_end(
        first in method(),
        script in prop::collection::vec((0_u8..12, any::<u8>(), method()), 0..60),
    ) {
        let mut world = World::default();
        world.feed(Input::Begin(first))?;
        for (what, luck, method) in script {
            let pick = |len: usize| usize::from(luck) % len.max(1);
            match what {
                0..=3 if !world.orders.is_empty() => {
                    let command = world.orders.remove(pick(world.orders.len()));
                    world.run(command, luck);
                }
                4..=6 if !world.answers.is_empty() => {
                    let at = pick(world.answers.len());
                    // A third of the answers comes again later.
                    let answer = if luck % 3 == 0 { world.answers[at] } else { world.answers.remove(at) };
                    world.feed(answer)?;
                }
                // Lost on the way.
                7 if luck % 2 == 0 => { world.answers.pop(); }
                7 => { world.orders.pop(); }
                8 => world.feed(Input::Retry)?,
                9 => world.feed(Input::Pay(method))?,
                10 if luck % 3 == 0 => world.feed(if luck % 2 == 0 { Input::Abandon } else { Input::Deadline })?,
                _ => world.provider_acts(luck),
            }
        }
        world.quiet()?;
        for (attempt, state) in &world.provider {
            if *state == AtProvider::Taken {
                let pays = world.committed == Some(Some(*attempt));
                prop_assert!(pays != world.refunded.contains(attempt), "attempt {attempt}: {world:?}");
            }
        }
        prop_assert!(world.refunded.iter().all(|a| world.provider[a] == AtProvider::Taken));
        prop_assert!(world.provider.values().all(|s| *s != AtProvider::Open));
        prop_assert_eq!(world.committed.is_some(), world.claimed.is_some(), "{:?}", world);
        prop_assert_eq!(world.committed.is_some(), world.state.phase == Phase::Completed);
    }

    #[test]
    fn any_inputs_at_all_keep_the_machine_total(inputs in prop::collection::vec((0_u8..20, 0_u32..4, method()), 0..80)) {
        let inputs: Vec<Input> = inputs.into_iter().map(|(kind, n, method)| match kind {
            0 => Input::Begin(method),
            1 => Input::Pay(method),
            2 => Input::Abandon,
            3 => Input::Deadline,
            4 => Input::Reserved { round: n },
            5 => Input::ReserveRefused { round: n },
            6 => Input::SessionOpened { attempt: n },
            7 => Input::SessionFailed { attempt: n },
            8 => Input::Unknown { attempt: n },
            9 | 10 => Input::Captured { attempt: n },
            11 => Input::Declined { attempt: n },
            12 => Input::ChargePending { attempt: n },
            13 => Input::ChallengeRequired { attempt: n },
            14 => Input::SessionClosed { attempt: n },
            15 => Input::Committed { round: n },
            16 => Input::CommitRefused { round: n },
            17 => Input::Settled { round: n },
            18 => Input::Released { round: n },
            _ => Input::Retry,
        }).collect();
        let captured: BTreeSet<u32> = inputs.iter().filter_map(|i| match i { Input::Captured { attempt } => Some(*attempt), _ => None }).collect();
        let (_, commands) = walk(&inputs);
        let paid_for = |c: &Command| match c {
            Command::CommitOrder { attempt: Some(a), .. } | Command::Refund { attempt: a } => captured.contains(a),
            _ => true,
        };
        prop_assert!(commands.iter().all(paid_for));
    }
}
