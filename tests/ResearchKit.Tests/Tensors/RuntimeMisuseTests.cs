using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Tensors;

/// <summary>
/// Mistakes that end the process in TorchSharp 0.107.0, where there is no exception to catch. The stand-in throws; so these
/// run on it alone.
/// </summary>
public class RuntimeMisuseTests
{
    private static void OnlyOnTheStandIn() =>
        Skip.If(typeof(torch).Assembly.GetType("TorchSharp.Native") is null, "TorchSharp itself ends the process here.");

    private static string Refused(Action act) => Assert.Throws<ExternalException>(act).Message;

    [SkippableFact]
    public void AProductOfShapesThatDoNotFitNamesThem()
    {
        OnlyOnTheStandIn();
        using var a = zeros(2, 3);
        using var b = zeros([4, 5], float64);
        var message = Refused(() => a.matmul(b));
        Assert.Contains("matmul of Float32[2,3], Float64[4,5]", message);
    }

    [SkippableFact]
    public void EveryErrorOfGradIsAnException()
    {
        OnlyOnTheStandIn();
        using var scope = NewDisposeScope();
        var x = ones(2, requires_grad: true);
        var unused = ones(2, requires_grad: true);
        Assert.Contains("not have been used in the graph", Refused(() => autograd.grad([x.sum()], [unused])));
        Refused(() => autograd.grad([x * 2], [x]));
        Refused(() => autograd.grad([ones(1).sum()], [x]));
        var y = (x * x).exp().sum();
        autograd.grad([y], [x]);
        Assert.Contains("second time", Refused(() => autograd.grad([y], [x])));
    }

    [SkippableFact]
    public void NumbersThatDoNotFitAreExceptions()
    {
        OnlyOnTheStandIn();
        using var scope = NewDisposeScope();
        Assert.Throws<OverflowException>(() => tensor(3e9).ToInt32());
        Assert.Throws<OverflowException>(() => tensor(double.NaN).ToInt64());
        Assert.Throws<OverflowException>(() => tensor(300L).ToByte());
    }

    [SkippableFact]
    public void OddArgumentsAreExceptions()
    {
        OnlyOnTheStandIn();
        using var scope = NewDisposeScope();
        Refused(() => ones(2).cummax(5));
        Refused(() => ones(2).cummin(-5));
        Refused(() => set_rng_state(ones(8)));
        Refused(() => new Generator(1).set_state(ones(8)));
        Refused(() => set_num_threads(0));
        Assert.Throws<ArgumentNullException>(() => ones(1).add((Tensor)null!));
        Assert.Throws<ArgumentNullException>(() => cat((Tensor[])null!));
        Assert.Throws<ArgumentNullException>(() => ones(1).mul((Scalar)null!));
    }

    private sealed class Broken : autograd.SingleTensorFunction<Broken>
    {
        public override string Name => nameof(Broken);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars) => ((Tensor)vars[0]).clone();

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output) => throw new FormatException("no derivative today");
    }

    [SkippableFact]
    public void AnExceptionInACustomBackwardReachesTheCaller()
    {
        OnlyOnTheStandIn();
        using var scope = NewDisposeScope();
        var x = ones(1, requires_grad: true);
        Assert.Contains("no derivative today", Refused(() => Broken.apply(x).sum().backward()));
        Assert.Null(x.grad);
    }

    [SkippableFact]
    public void TemporariesOutliveTheCallsThatUseThem()
    {
        OnlyOnTheStandIn();
        // Nothing here is disposed, and the collector runs all along: an operand whose last use is the call itself must live through it.
        bool done = false;
        var collector = new Thread(() =>
        {
            while (!Volatile.Read(ref done))
            {
                GC.Collect(0);
                GC.WaitForPendingFinalizers();
            }
        });
        collector.Start();
        float last = 0;
        for (int i = 0; i < 2000; i++) last = ones(64).add(ones(64)).mul(2).matmul(ones(64)).item<float>();
        Volatile.Write(ref done, true);
        collector.Join();
        Assert.Equal(256f, last);
    }
}
