using ResearchKit.Data.Tasks;

namespace ResearchKit.Data.Instructions;

/// <summary>
/// The sets of instructions that models are taught and judged by in MiniLLM, DistiLLM and Online KD, from their published files in the folder
/// <c>instruct</c> of <see cref="DataFolder"/>, or in a folder within it. <c>dolly</c>, <c>alpaca</c> and <c>t0</c> can be trained on; <c>self-inst</c>, <c>vicuna</c>,
/// <c>s-ni</c> and <c>un-ni</c> have a test split alone.
/// </summary>
/// <remarks>
/// <para><b>dolly, alpaca</b>: a random 500 rows for test, 500 for validation, the rest for training: those whose prompt has the lowest
/// <see cref="StableHash"/> with a fixed seed, a twentieth of the rows at most. A training or validation row of a prompt that is tested is left out. Files that are
/// parted already, as MiniLLM's <c>train</c>, <c>dev</c> and <c>valid</c>, keep their parts.</para>
/// <para><b>t0</b>: of each file the last twentieth for test, the twentieth before for validation, because the templates of a set list the same questions
/// in the same order: by chance a question would be tested under one template and trained on under another. In those two the completions of one prompt
/// are references of one row.</para>
/// </remarks>
internal static class InstructionTasks
{
    private const int Held = 500, Share = 20, UnnaturalRows = 10_000;
    private const string Seed = "instructions 1";

    private static readonly Dictionary<string, Source> Sources = new(StringComparer.Ordinal)
    {
        ["dolly"] = new(["dolly"], "https://huggingface.co/datasets/databricks/databricks-dolly-15k",
            new Form(["databricks-dolly-15k.jsonl"], files => Part(JsonRow.Lines(files[0]).Select(InstructionForms.Dolly))), new Form(["train.jsonl", "dev.jsonl", "valid.jsonl"], Parted)),
        ["self-inst"] = new(["self-inst"], "https://github.com/yizhongw/self-instruct (human_eval)",
            new Form(["user_oriented_instructions.jsonl"], files => Test(JsonRow.Lines(files[0]).SelectMany(InstructionForms.SelfInstruct))), new Form(["valid.jsonl"], Parted)),
        ["vicuna"] = new(["vicuna"], "https://github.com/lm-sys/FastChat (question.jsonl, with answers as answer.jsonl or in reference_answer)",
            new Form(["valid.jsonl"], Parted), new Form(["question.jsonl"], files => Test(InstructionForms.Vicuna(files[0], Answers(files[0]))))),
        ["s-ni"] = new(["s-ni", "sinst"], "https://github.com/microsoft/LMOps/tree/main/minillm (data/sinst/11_)", new Form(["valid.jsonl"], Parted)),
        ["un-ni"] = new(["un-ni", "uinst"], "https://github.com/microsoft/LMOps/tree/main/minillm (data/uinst/11_)",
            new Form(["valid.jsonl"], files => Test(JsonRow.Lines(files[0]).Take(UnnaturalRows).Select(InstructionForms.Alpaca)))),
        ["t0"] = new(["t0"], "https://huggingface.co/datasets/bigscience/P3, as lines of prompt and completion", new Form(["*.jsonl"], Templates)),
        ["alpaca"] = new(["alpaca"], "https://github.com/tatsu-lab/stanford_alpaca, or the GPT-4 version",
            new Form(["alpaca_data.json", "alpaca_gpt4_data.json", "alpaca_data_gpt4.json"], files => Part(JsonRow.Array(files[0]).Select(InstructionForms.Alpaca)))),
    };

    /// <summary>Every name.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Sources.Keys];

    /// <summary>Reads a task.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="data">The folder that holds <c>instruct</c>; null for that of <see cref="DataFolder"/>.</param>
    /// <exception cref="KitException">Its files are missing or malformed; the message says which, and where they come from.</exception>
    public static ITask Open(string name, string? data = null)
    {
        var source = Sources[name];
        var root = Path.Combine(data ?? DataFolder.Path, "instruct");
        string[] folders = [.. Folders(root, source)];
        foreach (var form in source.Forms)
            foreach (var folder in folders)
                if (form.Files.SelectMany(f => Directory.GetFiles(folder, f)).Order(StringComparer.Ordinal).ToArray() is { Length: > 0 } files)
                    return new InMemoryTask(name, TaskKind.Instruction, [], form.Read(files));
        throw new KitException($"'{name}' needs {string.Join(", or ", source.Forms.SelectMany(f => f.Files))} in {Path.Combine(root, source.Folders[0])}, and {(folders.Length > 0 ? "does not find it there" : "there is no such folder")}. "
            + $"Get it ({source.Origin}) and lay it there, or name with {DataFolder.Variable}=/path a folder that has instruct/{source.Folders[0]}.");
    }

    // A set's folder stands in the root or in a folder of it, with anything behind its name; its files in it or in a folder of it, as MiniLLM's 11_.
    private static IEnumerable<string> Folders(string root, Source source)
    {
        var below = Within(root);
        var named = below.Concat(below.SelectMany(Within)).Where(f => source.Folders.Any(n => Path.GetFileName(f).StartsWith(n, StringComparison.OrdinalIgnoreCase))).ToList();
        return named.Concat(named.SelectMany(Within)).Distinct();
    }

    private static string[] Within(string folder) => Directory.Exists(folder) ? [.. Directory.GetDirectories(folder).Order(StringComparer.Ordinal)] : [];

    private static IEnumerable<string> Answers(string questions)
    {
        var folder = Path.GetDirectoryName(questions)!;
        return new[] { folder, Path.Combine(folder, "reference_answer"), Path.Combine(folder, "answer") }.Where(Directory.Exists)
            .SelectMany(f => Directory.GetFiles(f, f == folder ? "answer*.jsonl" : "*.jsonl")).Order(StringComparer.Ordinal);
    }

    private static Dictionary<Split, IReadOnlyList<Example>> Test(IEnumerable<InstructionExample> rows) => new() { [Split.Test] = [.. rows] };

    private static Dictionary<Split, IReadOnlyList<Example>> Parted(string[] files) => files.ToDictionary(
        f => Path.GetFileNameWithoutExtension(f) switch { "train" => Split.Train, "dev" => Split.Validation, _ => Split.Test },
        f => (IReadOnlyList<Example>)[.. JsonRow.Lines(f).Select(InstructionForms.Alpaca)]);

    private static Dictionary<Split, IReadOnlyList<Example>> Part(IEnumerable<InstructionExample> rows)
    {
        InstructionExample[] all = [.. rows];
        int held = Math.Clamp(all.Length / Share, 1, Held);
        int[] order = [.. Enumerable.Range(0, all.Length).OrderBy(i => StableHash.Of($"{Seed}\n{all[i].Prompt}"))];
        InstructionExample[] Rows(int from, int count) => [.. order.Skip(from).Take(count).Order().Select(i => all[i])];
        InstructionExample[] test = Rows(0, held), validation = Rows(held, held);
        var tested = test.Select(e => e.Prompt).ToHashSet();
        var chosen = validation.Select(e => e.Prompt).ToHashSet();
        return new()
        {
            [Split.Train] = [.. Rows(2 * held, all.Length).Where(e => !tested.Contains(e.Prompt) && !chosen.Contains(e.Prompt))],
            [Split.Validation] = [.. validation.Where(e => !tested.Contains(e.Prompt))],
            [Split.Test] = test,
        };
    }

    private static Dictionary<Split, IReadOnlyList<Example>> Templates(string[] files)
    {
        List<InstructionExample> train = [], validation = [], test = [];
        foreach (var file in files)
        {
            InstructionExample[] rows = [.. JsonRow.Lines(file).Select(InstructionForms.Completion)];
            int held = Math.Max(1, rows.Length / Share), from = Math.Max(0, rows.Length - 2 * held);
            train.AddRange(rows[..from]);
            validation.AddRange(rows[from..Math.Max(from, rows.Length - held)]);
            test.AddRange(rows[Math.Max(from, rows.Length - held)..]);
        }
        var tested = test.Select(e => e.Prompt).ToHashSet();
        var chosen = validation.Select(e => e.Prompt).ToHashSet();
        return new()
        {
            [Split.Train] = [.. train.Where(e => !tested.Contains(e.Prompt) && !chosen.Contains(e.Prompt))],
            [Split.Validation] = [.. InstructionForms.Gather(validation.Where(e => !tested.Contains(e.Prompt)))],
            [Split.Test] = [.. InstructionForms.Gather(test)],
        };
    }

    /// <summary>Where a set's files lie and come from.</summary>
    /// <param name="Folders">What its folder's name begins with.</param>
    /// <param name="Origin">Where to get it.</param>
    /// <param name="Forms">The forms it comes in, the first for preference.</param>
    private sealed record Source(string[] Folders, string Origin, params Form[] Forms);

    /// <summary>Files, of which those that are there are read, and how.</summary>
    private sealed record Form(string[] Files, Func<string[], IReadOnlyDictionary<Split, IReadOnlyList<Example>>> Read);
}
