using Xunit;

// libtorch's random generator, its thread count and the live-handle counters belong to the whole process: tests that
// seed, count or time would disturb one another, and two of them at once gain nothing on a pool of threads they share.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
