// # TestKit
//
// What the tests of several rooms share: time that they move (`ManualClock`, `ShiftedClock`), directories and ports that
// nobody else has (`TemporaryDirectory`, `FreePorts`), real programs (`Program`), shared values (`Box`, `Counter`), and
// waiting for what others bring about (`eventually`). Chance comes from Basics' `SplitMix64`, always with a seed.
//
// What only the tests of loops share is in LoopTestKit, and of databases in DatabaseTestKit.
