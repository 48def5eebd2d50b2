using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.NoEmit;
using TorchSharp;

// The parts of a training step, each alone: ./kit prepare once, then
//     dotnet run -c Release --project benchmarks/ResearchKit.Parts -- --filter '*Loss*'
// In this process: a generated project would have to find the kit's packages again. One thread of libtorch, unless KIT_THREADS says otherwise.
torch.set_num_threads(int.TryParse(Environment.GetEnvironmentVariable("KIT_THREADS"), out int threads) ? threads : 1);
var config = DefaultConfig.Instance
    .AddJob(Job.Default.WithToolchain(new InProcessNoEmitToolchain(TimeSpan.FromMinutes(10), logOutput: false)).WithWarmupCount(3).WithIterationCount(10))
    .AddDiagnoser(MemoryDiagnoser.Default)
    .WithOptions(ConfigOptions.DisableOptimizationsValidator);
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, config);
