// One tensor in a file: in libtorch's own archive, or a file's bytes as they lie.
#include "abi.h"

#include <torch/serialize/input-archive.h>
#include <torch/serialize/output-archive.h>

RK int32_t rk_save(Handle a, const char* path)
{
    return run("save", {a}, [&] {
        torch::serialize::OutputArchive archive;
        archive.write("0", In(a));
        archive.save_to(path);
    });
}
RK Handle rk_load(const char* path)
{
    return give("load", {}, [&] {
        torch::serialize::InputArchive archive;
        archive.load_from(path);
        at::Tensor t;
        archive.read("0", t);
        return t;
    });
}
// The first `size` elements of a file, mapped: private (copy-on-write) unless shared is 1; -1 for not given.
RK Handle rk_from_file(const char* path, int32_t shared, int64_t size, Options o)
{
    return give("from_file", {}, [&] {
        return with_grad(at::from_file(path, shared < 0 ? Maybe<bool>() : Maybe<bool>(shared != 0), size < 0 ? Maybe<int64_t>() : Maybe<int64_t>(size), options(o)), o);
    });
}
