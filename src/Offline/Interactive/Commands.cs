namespace Microsoft.DotNet.Interactive
{
    public delegate Task KernelCommandInvocation(Commands.KernelCommand command, KernelInvocationContext context);

    public class KernelCommandResult
    {
        private readonly List<Events.KernelEvent> _events = [];

        internal KernelCommandResult(Commands.KernelCommand command) => Command = command;

        public Commands.KernelCommand Command { get; }

        public IReadOnlyList<Events.KernelEvent> Events => _events;

        internal void Add(Events.KernelEvent produced) => _events.Add(produced);
    }

    public interface IKernelExtension
    {
        Task OnLoadAsync(Kernel kernel);
    }
}

namespace Microsoft.DotNet.Interactive.Commands
{
    /// <summary>Something a kernel is asked to do.</summary>
    public abstract class KernelCommand
    {
        protected KernelCommand(string? targetKernelName = null) => TargetKernelName = targetKernelName;

        public KernelCommandInvocation? Handler { get; set; }

        public string? TargetKernelName { get; internal set; }

        public virtual Task InvokeAsync(KernelInvocationContext context) =>
            Handler is null ? throw new NotSupportedException($"{GetType().Name} has no handler.") : Handler(this, context);
    }
}
