using ResearchKit.Cli;

return CommandLine.Run(args, Terminal.OfProcess());
