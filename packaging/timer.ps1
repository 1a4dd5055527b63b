# Lets Keystead look after the keys with its window closed: every day, and some minutes after log-in, Task Scheduler
# runs `keystead check --notify --probe` and then `keystead rotate --due`. The task stands in packaging\timer.d.
#
#   powershell -ExecutionPolicy Bypass -File packaging\timer.ps1 install [PROGRAM]
#   powershell -ExecutionPolicy Bypass -File packaging\timer.ps1 remove
#   powershell -ExecutionPolicy Bypass -File packaging\timer.ps1 status
#
# PROGRAM, or the keystead in the path, or the one that `cargo build --release` made. It exits as packaging/timer
# does: 0 done, 1 something failed, 2 wrong use, 3 the system lacks something.
param([Parameter(Position = 0)][string]$Action, [Parameter(Position = 1)][string]$Program)
$ErrorActionPreference = 'Stop'
$Task = 'Keystead check'

function Stop-With([int]$Code, [string]$Text) {
    [Console]::Error.WriteLine("keystead: $Text")
    exit $Code
}

function Find-Program {
    if ($Program) {
        $found = $Program
    } else {
        $command = Get-Command keystead -CommandType Application -ErrorAction SilentlyContinue | Select-Object -First 1
        $target = if ($env:CARGO_TARGET_DIR) { $env:CARGO_TARGET_DIR } else { Join-Path $PSScriptRoot '..\target' }
        $found = if ($command) { $command.Source } else { Join-Path $target 'release\keystead.exe' }
    }
    if (-not (Test-Path -LiteralPath $found -PathType Leaf)) {
        Stop-With 1 'no keystead was found. Name it: packaging\timer.ps1 install PROGRAM'
    }
    (Resolve-Path -LiteralPath $found).ProviderPath
}

function Install-Timer {
    $path = Find-Program
    $user = [System.Security.Principal.WindowsIdentity]::GetCurrent().Name
    $xml = [System.IO.File]::ReadAllText((Join-Path $PSScriptRoot 'timer.d\keystead-check.xml'))
    $xml = $xml.Replace('@KEYSTEAD@', [System.Security.SecurityElement]::Escape($path))
    $xml = $xml.Replace('@USER@', [System.Security.SecurityElement]::Escape($user))
    Register-ScheduledTask -TaskName $Task -Xml $xml -Force | Out-Null
    Write-Output "Registered the task `"$Task`" for ${user}: $path check --notify --probe; $path rotate --due"
}

function Remove-Timer {
    if (-not (Get-ScheduledTask -TaskName $Task -ErrorAction SilentlyContinue)) { return }
    Unregister-ScheduledTask -TaskName $Task -Confirm:$false
    Write-Output "Removed the task `"$Task`""
}

function Show-Timer {
    $found = Get-ScheduledTask -TaskName $Task -ErrorAction SilentlyContinue
    if (-not $found) { Stop-With 1 'not installed. Install it with: packaging\timer.ps1 install' }
    $info = $found | Get-ScheduledTaskInfo
    Write-Output "Installed: $Task ($($found.State)), next run $($info.NextRunTime), last result $($info.LastTaskResult)"
}

if ($Action -notin 'install', 'remove', 'status') { Stop-With 2 'usage: timer.ps1 install [PROGRAM] | remove | status' }
if (-not (Get-Command Register-ScheduledTask -ErrorAction SilentlyContinue)) {
    Stop-With 3 'this system has no scheduled tasks for PowerShell. On Linux and macOS use packaging/timer.'
}
try {
    switch ($Action) {
        'install' { Install-Timer }
        'remove' { Remove-Timer }
        'status' { Show-Timer }
    }
} catch {
    Stop-With 1 $_.Exception.Message
}
