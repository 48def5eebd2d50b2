#!/usr/bin/env bash
# What CMakeLists.txt does, with g++ alone, for machines that have no cmake.
#
#   compile.sh LIBTORCH FOLDER JOBS    makes FOLDER/out/libresearchkit_torch.so; an empty LIBTORCH is Debian's libtorch-dev
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
libtorch="$1" headers="${1:-/usr}/include"
mkdir -p "$2/out"
cd "$2"

flags=(-std=c++17 -O2 -DNDEBUG -fPIC -Wall -fvisibility=hidden -Wno-deprecated-declarations)
libraries=(-ltorch -ltorch_cpu -lc10)
if grep -q 202002L "$headers/ATen/ATen.h"; then flags+=(-std=c++20); fi # libtorch 2.14 and later
if [ -n "$libtorch" ]; then
    flags+=(-isystem "$headers")
    if [ -e "$libtorch/lib/libtorch_cuda.so" ]; then libraries+=(-ltorch_cuda -lc10_cuda); fi
    libraries=(-L"$libtorch/lib" -Wl,-rpath,"$libtorch/lib" "${libraries[@]}")
    # Wheels before 2.6 were built with the old string ABI; the library itself tells which one it speaks.
    errors="$(nm -D --defined-only "$libtorch/lib/libc10.so" | grep '5ErrorC[12]E' || true)"
    if [[ -n "$errors" && "$errors" != *__cxx11* ]]; then flags+=(-D_GLIBCXX_USE_CXX11_ABI=0); fi
fi
printf '%s\0' "$here"/*.cpp | xargs -0 -n 1 -P "$3" g++ "${flags[@]}" -isystem "$headers/torch/csrc/api/include" -c
g++ -shared -o out/libresearchkit_torch.so ./*.o -Wl,--no-as-needed -Wl,-z,defs "${libraries[@]}"
