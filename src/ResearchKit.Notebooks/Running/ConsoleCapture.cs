using System.Text;

namespace ResearchKit.Notebooks.Running;

/// <summary>Sends what is written to the console to a sink, and asks it for what is read, as long as it lives.</summary>
internal sealed class ConsoleCapture : IDisposable
{
    private readonly TextWriter _output = Console.Out;
    private readonly TextWriter _error = Console.Error;
    private readonly TextReader _input = Console.In;

    public ConsoleCapture(ICellSink sink)
    {
        Console.SetOut(new Writer(sink, "stdout"));
        Console.SetError(new Writer(sink, "stderr"));
        Console.SetIn(new Reader(sink));
    }

    public void Dispose()
    {
        Console.SetOut(_output);
        Console.SetError(_error);
        Console.SetIn(_input);
    }

    private sealed class Writer(ICellSink sink, string stream) : TextWriter
    {
        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value) => sink.Write(stream, value.ToString());

        public override void Write(string? value) => sink.Write(stream, value ?? "");

        public override void Write(char[] buffer, int index, int count) => sink.Write(stream, new string(buffer, index, count));

        public override void Write(ReadOnlySpan<char> buffer) => sink.Write(stream, buffer.ToString());

        public override void WriteLine(string? value) => sink.Write(stream, value + "\n");

        public override void WriteLine() => sink.Write(stream, "\n");
    }

    private sealed class Reader(ICellSink sink) : TextReader
    {
        public override string? ReadLine() => sink.ReadLine();
    }
}
