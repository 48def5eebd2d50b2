// One tensor in a file, in libtorch's own archive.
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
